// Who `bauta check` finds the queue to be asked as.  Main thread.
#pragma once

#include <string>

#include "aws/environment.h"
#include "config/load.h"

namespace bauta::cli {

// "arn:aws:iam::123456789012:user/ingest, account 123456789012 (environment variables)", or why the
// name is not known.  Asks STS, but not about an emulator's queue, unless an endpoint for STS is
// named too.  Empty if there are no credentials, which the queue's own check tells.  Appends an
// error to `loaded.problems` if AWS refuses them and nothing else there blames the queue.
std::string CheckAwsIdentity(config::Loaded& loaded, const aws::Environment& environment);

}  // namespace bauta::cli
