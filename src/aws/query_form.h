#pragma once

#include <string>

#include "aws/sqs_wire.h"

namespace bauta::aws {

// A call as the query protocol writes it: a form.  Any thread.
std::string FormText(const SqsCall& call);

}  // namespace bauta::aws
