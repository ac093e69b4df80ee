// Answers in the query protocol.  Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "queue/answer.h"
#include "queue/failure.h"

namespace bauta::queue {

std::string ToXml(std::string_view action, const Answered& answer, std::string_view request_id);
std::string ErrorXml(const Failure& failure, std::string_view request_id);

}  // namespace bauta::queue
