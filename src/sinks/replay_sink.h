// Rows for quarantined events, each once: record, rows and batch line in one transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/row.h"
#include "core/table_schema.h"
#include "pg/connection.h"
#include "sinks/attempt.h"

namespace bauta::sinks {

// A quarantined event with the row that it shall have.
struct ReplayRow {
  std::int64_t id;  // Of its quarantine record.
  Row row;
};

// Why the server takes no row: what the quarantine notes of it.
struct ServerRefusal {
  std::string reason;  // constraint, row_suppressed
  std::string sqlstate, constraint, column;
};

// What a transaction of replays did; all of it or nothing.
struct ReplayOutcome {
  std::vector<std::int64_t> replayed;    // The others are not held any more, or in another's hands.
  std::optional<ServerRefusal> refused;  // One of the rows; nothing was done.
};

// One thread at a time.
class ReplaySink {
 public:
  // `connection` must outlive it.  kConfig if our schema or the pipeline is missing.
  static Result<ReplaySink> Make(pg::Connection& connection, const std::string& pipeline,
                                 const TableSchema& table, const std::vector<std::string>& columns);

  // Gives each of those that are still held its row, and removes its sealed body.  After an error
  // nothing was done, unless the connection broke in COMMIT.
  Result<ReplayOutcome> Replay(std::span<const ReplayRow> rows);

 private:
  explicit ReplaySink(pg::Connection& connection) : connection_(connection) {}

  Result<std::vector<std::int64_t>> Take(std::span<const ReplayRow> rows);
  Result<ReplayOutcome> Write(std::span<const ReplayRow> rows);

  pg::Connection& connection_;
  Target target_;
  TableSchema table_;  // Its name only.
};

}  // namespace bauta::sinks
