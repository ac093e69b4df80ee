#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/uuid.h"

namespace bauta {

// What makes a message the same message on every delivery: the first part of the ledger's key.
// Ordered by time first, so that sorted keys grow to the right of the ledger's index.
struct LedgerKey {
  std::int64_t sent_ms = 0;  // SentTimestamp: milliseconds since 1970, UTC.
  Uuid id;                   // MessageId, or what LedgerId() makes of one that is no UUID.
  auto operator<=>(const LedgerKey&) const = default;
};

// One message as the queue delivered it.
//
// `body` holds personal data: it is never logged, never put into an Error, and never reaches a
// Sink, which sees only what Batch shows it.
struct Message {
  LedgerKey key;
  std::string id;                 // As the queue gave it.
  std::string receipt;            // Names this delivery, for Ack and Release.  Never logged.
  std::string attributes = "{}";  // Message attributes as a JSON object.
  std::string body;               // Raw bytes, as received.
  int receive_count = 1;          // 1 on the first delivery.
  std::string group;              // MessageGroupId of a FIFO queue; else empty.
  std::string system = "{}";      // Further system attributes that were asked for: JSON strings.
  // The body is an event already, the one of that number: nothing is unwrapped or split.  Only of
  // what comes out of the quarantine.
  std::optional<std::uint32_t> item = {};
};

}  // namespace bauta
