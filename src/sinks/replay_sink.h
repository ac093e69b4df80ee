// Rows for quarantined events, each once: record, rows and batch line in one transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/batch.h"
#include "core/row.h"
#include "core/table_schema.h"
#include "pg/connection.h"
#include "sinks/attempt.h"
#include "sinks/refusals.h"

namespace bauta::sinks {

// A quarantine record with what it shall become: a row, or those of all events of a body that was
// refused as a whole; they may be none.
struct ReplayRow {
  std::int64_t id;
  std::vector<Row> rows;
  std::vector<std::optional<EventKey>> keys = {};  // Of the rows; empty if none has one.
  std::vector<std::uint32_t> events = {};          // Of the rows: as their originals number them.
  std::vector<std::string_view> subjects = {};     // Of the rows: see Event.
  std::int64_t sent_ms = 0;
};

// What a transaction of replays did; all of it or nothing.
struct ReplayOutcome {
  std::vector<std::int64_t> replayed;    // Sorted.  The others are not held any more, are in
                                         // another's hands, or one of these:
  std::vector<std::int64_t> duplicates;  // Their events have rows already: left held.
  std::vector<std::int64_t> reused;      // Their keys belong to other events: left held.
  std::vector<std::int64_t> erased;      // Erased since they were sent: discarded.
  std::optional<Refusal> refused;  // One of the rows; nothing was done.  Of the sink's memory.
};

// One thread at a time.
class ReplaySink {
 public:
  // `connection` must outlive it.  kConfig if our schema or the pipeline is missing, or values that
  // were mapped for `table` may not fit it any more.
  static Result<ReplaySink> Make(pg::Connection& connection, const std::string& pipeline,
                                 const TableSchema& table, const std::vector<std::string>& columns,
                                 std::optional<vault::VaultWriter::Options> vault = {},
                                 const std::optional<pg::ConnectOptions>& pii_apart = {});

  // Gives each of those that are still held its rows, and the vault the originals of those rows,
  // and removes its sealed body.  After an error nothing was done, unless the connection broke in
  // COMMIT.  kConfig if the table has changed.
  Result<ReplayOutcome> Replay(std::span<const ReplayRow> rows,
                               std::span<const Original> originals = {},
                               std::span<const Alias> aliases = {});

 private:
  explicit ReplaySink(pg::Connection& connection) : connection_(connection) {}

  Result<std::vector<ReplayRow>> Lock(std::span<const ReplayRow> rows);
  Result<> WriteVault(std::span<const ReplayRow> records);
  Result<> DropSecondComers(std::vector<ReplayRow>& records, ReplayOutcome& outcome);
  Result<> Take(std::span<const std::int64_t> ids);
  Result<> DropErased(std::vector<ReplayRow>& records, ReplayOutcome& outcome);
  Result<ReplayOutcome> Write(std::span<const ReplayRow> rows);

  pg::Connection& connection_;
  Target target_;
  std::span<const Original> originals_;  // Of the replay that is on.
  std::span<const Alias> aliases_;       // Likewise.
  std::int64_t generation_ = 0;          // Of the vault.
  bool in_vault_ = false;                // What fails now is not a row's fault.
  TableSchema table_;
  Refusals refusals_;
};

}  // namespace bauta::sinks
