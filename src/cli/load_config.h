// How Context and the config commands load the config.  Main thread.
#pragma once

#include <vector>

#include "cli/command.h"
#include "config/load.h"

namespace bauta::cli {

// Flags, environment and file as they are for this process.
config::Sources SourcesOf(const Context& context);

// Each with its place, to stderr; under --quiet without the warnings.  Main thread.
void PrintProblems(const Context& context, const std::vector<config::Problem>& problems);

}  // namespace bauta::cli
