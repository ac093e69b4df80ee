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

// Of a queue with or without the attribute FifoQueue.
Outcome<> CheckQueueName(std::string_view name, bool fifo);
// What a FIFO queue needs of a message.
Outcome<> CheckFifo(const Entry& entry, const Rules& rules);
// A message to be sent, but for its size and what a FIFO queue needs.
Outcome<> CheckMessage(const Entry& entry, const Rules& rules);
// A name for a receive; `fifo`: of a FIFO queue, which alone takes one.
Outcome<> CheckAttempt(const std::optional<std::string>& id, bool fifo);
// All tags of a queue: not too many, none too long.
Outcome<> CheckTags(const Attributes& tags, std::string_view queue);
// Body and attributes; what limits count.
std::size_t SizeOf(const Entry& entry);
// Number and ids of a batch's entries; `kind` is what SQS calls one of them.
Outcome<> CheckBatch(std::span<const Entry> entries, std::string_view kind);
// Absent, or min..max.  `reason` follows "Reason: ".
Outcome<> CheckRange(const std::optional<std::int64_t>& value, std::string_view parameter,
                     std::int64_t min, std::int64_t max, std::string_view reason);

}  // namespace bauta::queue
