// The rules that SQS has for parameters.  Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "queue/failure.h"
#include "queue/request.h"

namespace bauta::queue {

inline constexpr std::size_t kMaxRequest = 1'048'576;  // Bytes, of a message and of a batch.

Outcome<> CheckQueueName(std::string_view name);
// A message to be sent, but for its size.
Outcome<> CheckMessage(const Entry& entry);
// Body and attributes; what limits count.
std::size_t SizeOf(const Entry& entry);
// Number and ids of a batch's entries.
Outcome<> CheckBatch(std::span<const Entry> entries);
// Absent, or min..max.  `reason` follows "Reason: ".
Outcome<> CheckRange(const std::optional<std::int64_t>& value, std::string_view parameter,
                     std::int64_t min, std::int64_t max, std::string_view reason);

}  // namespace bauta::queue
