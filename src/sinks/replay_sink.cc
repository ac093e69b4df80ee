#include "sinks/replay_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sinks/table_changes.h"

namespace bauta::sinks {
namespace {

// Who replays the same at the same time takes others: nobody waits, so none wait for each other.
constexpr const char* kTake =
    "WITH taken AS (SELECT id FROM bauta.quarantine WHERE id = ANY ($1) AND state = 'held' "
    "AND pipeline = $2 ORDER BY id FOR UPDATE SKIP LOCKED) "
    "UPDATE bauta.quarantine q SET state = 'replayed', state_at = now(), state_by = current_user, "
    "sealed = NULL FROM taken WHERE q.id = taken.id RETURNING q.id";

// A row that no partition takes stays held, while its neighbours have a place to go.
bool IsRowsFault(const pg::Failure& failure) {
  if (pg::IsPartitionMissing(failure)) return true;
  return failure.sqlstate != "42501" && pg::MayBlameRow(failure);
}

Result<std::int16_t> FindPipeline(pg::Connection& connection, const std::string& pipeline) {
  const pg::Rows rows = TRY(connection.Exec("SELECT id FROM bauta.pipeline WHERE name = $1",
                                            pg::Params().Text(pipeline)));
  if (rows.size() > 0) return static_cast<std::int16_t>(rows.Int(0, 0));
  return ConfigError(
      fmt::format("pipeline {} is not registered in database {}", pipeline, connection.database()),
      "run `bauta init`");
}

}  // namespace

Result<ReplaySink> ReplaySink::Make(pg::Connection& connection, const std::string& pipeline,
                                    const TableSchema& table,
                                    const std::vector<std::string>& columns) {
  ReplaySink sink(connection);
  sink.target_.pipeline = pipeline;
  sink.target_.pipeline_id = TRY(FindPipeline(connection, pipeline));
  sink.target_.worker = "replay";
  sink.table_ = table;
  TRY(ReadTarget(connection, table, columns, sink.target_));
  return sink;
}

Result<ReplayOutcome> ReplaySink::Replay(std::span<const ReplayRow> rows) {
  if (rows.empty()) return ReplayOutcome{};
  Result<ReplayOutcome> outcome = Write(rows);
  const pg::Failure failure = outcome.ok() ? pg::Failure{} : connection_.last_failure();
  const bool good = connection_.Rollback();
  if (outcome.ok()) return outcome;
  if (good && IsRowsFault(failure)) {
    return ReplayOutcome{{}, refusals_.Of(connection_, table_, failure)};
  }
  Error error = outcome.error();
  error.message =
      fmt::format("writing to table {}.{}: {}", table_.schema, table_.name, error.message);
  return error;
}

Result<std::vector<std::int64_t>> ReplaySink::Take(std::span<const ReplayRow> rows) {
  const pg::Connection::Progress begun = TRY(connection_.Run(kBegin));
  TRY(BeginResult(begun));
  std::vector<std::int64_t> ids;
  ids.reserve(rows.size());
  for (const ReplayRow& row : rows) ids.push_back(row.id);
  const pg::Rows taken =
      TRY(connection_.Exec(kTake, pg::Params().Int64s(ids).Int16(target_.pipeline_id)));
  ids.clear();
  for (int i = 0; i < taken.size(); ++i) ids.push_back(taken.Int(i, 0));
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<ReplayOutcome> ReplaySink::Write(std::span<const ReplayRow> rows) {
  ReplayOutcome outcome{TRY(Take(rows)), std::nullopt};
  const std::vector<std::int64_t>& taken = outcome.replayed;
  if (taken.empty()) return outcome;
  BatchPlan::Counts counts;
  target_.rows.Begin();
  for (const ReplayRow& record : rows) {
    if (!std::binary_search(taken.begin(), taken.end(), record.id)) continue;
    for (const Row& row : record.rows) TRY(target_.encoder.Encode(row, target_.rows));
    counts.inserted += record.rows.size();
  }
  target_.rows.End();

  const pg::Connection::Progress started =
      TRY(connection_.Run(CopySql(target_) + BatchLineSql(target_, RandomUuid(), "replay", counts) +
                          ";SET CONSTRAINTS ALL IMMEDIATE"));
  if (!started.wants_data) return Fatal("PostgreSQL took no rows");
  const pg::Connection::Progress done = TRY(connection_.Feed(target_.rows.data()));
  if (TRY(HasChanged(target_, done))) {
    return ConfigError(
        "its columns, or the registry of keys and masks, have changed during the replay",
        "run it again: what has its row is not touched");
  }
  if (done.results[0].affected() != static_cast<std::int64_t>(counts.inserted)) {
    return ReplayOutcome{{}, Refusal{Reason::kRowSuppressed, {}}};
  }
  TRY(connection_.Commit());
  return outcome;
}

}  // namespace bauta::sinks
