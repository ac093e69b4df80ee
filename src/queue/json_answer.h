// Answers in JSON.  Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "queue/answer.h"
#include "queue/failure.h"

namespace bauta::queue {

std::string ToJson(const Answered& answer);
std::string ErrorJson(const Failure& failure);

// Answers to calls in the query protocol from those who would rather have JSON than XML.
std::string ToQueryJson(std::string_view action, const Answered& answer,
                        std::string_view request_id);
std::string QueryErrorJson(const Failure& failure, std::string_view request_id);

}  // namespace bauta::queue
