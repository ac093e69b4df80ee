// Which rows of a batch the server refuses, when it refused the batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "core/batch.h"
#include "pg/connection.h"
#include "sinks/row_encoder.h"

namespace bauta::sinks {

struct Culprit {
  std::uint32_t event;  // Index into Batch::events.
  pg::Failure failure;  // Without an SQLSTATE: the row vanished, a trigger swallowed it.
};

// Tries the rows of `events` in a transaction of its own that is always rolled back.  Parts that
// fail are halved under savepoints, and what passed stays for the rest to meet, so a row is to
// blame only when its neighbours pass without it, and of two rows that exclude each other the
// second.  Leaves the connection outside any transaction.
//
// None: by now the server takes them all (what they met was another transaction's).  An Error: it
// failed for what no row can be blamed for; nothing is known of the rows.
Result<std::vector<Culprit>> FindCulprits(pg::Connection& connection, const RowEncoder& encoder,
                                          const Batch& batch,
                                          std::span<const std::uint32_t> events);

}  // namespace bauta::sinks
