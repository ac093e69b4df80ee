// Answers in the JSON protocol.  Pure functions; any thread.
#pragma once

#include <string>

#include "queue/answer.h"
#include "queue/failure.h"

namespace bauta::queue {

std::string ToJson(const Answered& answer);
std::string ErrorJson(const Failure& failure);

}  // namespace bauta::queue
