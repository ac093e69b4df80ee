#pragma once

#include <string>

#include "aws/sqs_wire.h"

namespace bauta::aws {

// A call as the JSON protocol writes it.  Any thread.
std::string JsonText(const SqsCall& call);

}  // namespace bauta::aws
