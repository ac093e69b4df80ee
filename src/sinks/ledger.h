// The keys of messages in bauta.ledger.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "core/batch.h"
#include "pg/connection.h"

namespace bauta::sinks {

// Of some messages, as parameters of a statement.
struct KeyArrays {
  std::vector<std::int64_t> sent_ms;
  std::vector<Uuid> ids;
  void Add(const LedgerKey& key) {
    sent_ms.push_back(key.sent_ms);
    ids.push_back(key.id);
  }
};

// Of rows that begin with sent_ms and message_id.
Result<std::vector<LedgerKey>> SortedKeys(const pg::Rows& rows);

// Writes those that are not there yet, and returns them, sorted; waits for other transactions that
// have just written one.
Result<std::vector<LedgerKey>> InsertLedger(pg::Connection& connection, const Batch& batch,
                                            std::span<const std::uint32_t> deliveries,
                                            std::int16_t pipeline_id);
// Those that are there, sorted.  Sees no open transaction's.
Result<std::vector<LedgerKey>> ProbeLedger(pg::Connection& connection, const Batch& batch,
                                           std::span<const std::uint32_t> deliveries,
                                           std::int16_t pipeline_id);

}  // namespace bauta::sinks
