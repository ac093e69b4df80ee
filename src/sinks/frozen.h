#pragma once

#include <chrono>

#include "pg/connection.h"

namespace bauta::sinks {

// After a lock timeout on the ledger's keys: tells which sessions have had some in their hands for
// longer than `after` while the server waits for their client, and ends those that are a Bauta's of
// our own role: its process stands still, and no timeout of the server's fires within a COPY.  What
// it held is rolled back; when it wakes up it connects again, as after any lost connection.
// Outside a transaction only.  What it may not see or end, it leaves.
void EndFrozen(pg::Connection& connection, std::chrono::seconds after);

}  // namespace bauta::sinks
