#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"
#include "sinks/batch_plan.h"

namespace bauta::sinks {

// Which of the deliveries to be written have keys (their own, or their events') that another open
// transaction has written: found
// by halves, in a transaction that is rolled back.  Where there are many, their neighbours count as
// locked too: it takes about two seconds at most.  Sorted.
Result<std::vector<std::uint32_t>> FindLocked(pg::Connection& connection, const BatchPlan& plan,
                                              std::int16_t pipeline_id);

}  // namespace bauta::sinks
