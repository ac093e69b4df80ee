// The MD5 sums that SQS answers with, and the SHA-256 that content is told apart by.  Any thread.
#pragma once

#include <string>
#include <string_view>

#include "queue/message.h"

namespace bauta::queue {

// Lower-case hex.
std::string Md5(std::string_view bytes);
// Lower-case hex.
std::string Sha256(std::string_view bytes);
// Over names, types and values in the order of the names; empty if there are no attributes.
std::string Md5(const MessageAttributes& attributes);

}  // namespace bauta::queue
