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

// A list of messages and its errors, element by element what the XML would be: so LocalStack has
// them.
std::string ToListingJson(std::string_view action, const Answered& answer,
                          std::string_view request_id);
std::string ListingErrorJson(const Failure& failure, std::string_view request_id);

}  // namespace bauta::queue
