#include "sinks/frozen.h"

#include <fmt/format.h>

#include "base/log.h"

namespace bauta::sinks {
namespace {

// Of other roles' sessions a plain role sees no more than the pid: they do not count as old.
// One statement: a session behind a pooler may serve another's transaction a moment later.
constexpr const char* kFrozen = R"(
SELECT a.pid, extract(epoch FROM now() - a.state_change)::int8,
       CASE WHEN a.application_name ~ '^bauta( [0-9]+@.*)?$' AND a.usename = current_user
            THEN pg_catalog.pg_terminate_backend(a.pid) ELSE false END
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.wait_event = 'ClientRead'
  AND a.state IN ('active', 'idle in transaction') AND a.state_change < now() - $1 * interval '1s'
  AND EXISTS (SELECT FROM pg_catalog.pg_locks l
    WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.granted
      AND l.relation IN (SELECT 'bauta.ledger'::regclass UNION ALL SELECT i.inhrelid
                         FROM pg_catalog.pg_inherits i WHERE i.inhparent = 'bauta.ledger'::regclass)))";

}  // namespace

void EndFrozen(pg::Connection& connection, std::chrono::seconds after) {
  const Result<pg::Rows> rows =
      connection.Exec(kFrozen, pg::Params().Int32(static_cast<std::int32_t>(after.count())));
  if (!rows.ok()) return;
  for (int i = 0; i < rows->size(); ++i) {
    log::Warn("sink",
              rows->Bool(i, 2)
                  ? "a bauta that stands still held messages in its transaction: its session was "
                    "terminated"
                  : "a session that stands still holds keys of the ledger: SELECT "
                    "pg_terminate_backend(pid) ends it",
              {{"pid", rows->Int(i, 0)}, {"seconds", rows->Int(i, 1)}});
  }
}

}  // namespace bauta::sinks
