#include "sinks/replay_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sinks/event_keys.h"
#include "sinks/table_changes.h"

namespace bauta::sinks {
namespace {

// Who replays the same at the same time takes others: nobody waits, so none wait for each other.
constexpr const char* kLock =
    "SELECT id FROM bauta.quarantine WHERE id = ANY ($1) AND state = 'held' AND pipeline = $2 "
    "ORDER BY id FOR UPDATE SKIP LOCKED";
constexpr const char* kTake =
    "UPDATE bauta.quarantine SET state = 'replayed', state_at = now(), state_by = current_user, "
    "sealed = NULL WHERE id = ANY ($1)";

constexpr const char* kErase =
    "UPDATE bauta.quarantine SET state = 'discarded', state_at = now(), state_by = current_user, "
    "reason = 'erased', sealed = NULL WHERE id = ANY ($1)";

// A row that no partition takes stays held, while its neighbours have a place to go.
bool IsRowsFault(const pg::Failure& failure) {
  if (pg::IsPartitionMissing(failure)) return true;
  return failure.sqlstate != "42501" && pg::MayBlameRow(failure);
}

// A record that has no row left is its events' second.
void DropDuplicates(std::vector<ReplayRow>& records, const SecondComers& second,
                    ReplayOutcome& outcome) {
  std::uint32_t event = 0;
  std::vector<ReplayRow> rest;
  for (ReplayRow& record : records) {
    std::vector<Row> rows;
    std::vector<std::uint32_t> events;
    for (std::size_t i = 0; i < record.rows.size(); ++i) {
      if (!record.keys.empty() && second.Has(event++)) continue;
      rows.push_back(record.rows[i]);
      if (!record.events.empty()) events.push_back(record.events[i]);
    }
    record.rows = std::move(rows);
    record.events = std::move(events);
    if (record.rows.empty() && !record.keys.empty()) {
      outcome.duplicates.push_back(record.id);
    } else {
      rest.push_back(std::move(record));
    }
  }
  records = std::move(rest);
}

ReplayOutcome Refused(const Refusal& why) {
  ReplayOutcome outcome;
  outcome.refused = why;
  return outcome;
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
                                    const std::vector<std::string>& columns,
                                    std::optional<vault::VaultWriter::Options> vault,
                                    const std::optional<pg::ConnectOptions>& pii_apart) {
  ReplaySink sink(connection);
  if (vault) sink.target_.vault.emplace(*std::move(vault));
  sink.target_.pipeline = pipeline;
  sink.target_.pipeline_id = TRY(FindPipeline(connection, pipeline));
  sink.target_.worker = "replay";
  sink.target_.erasures = TRY(vault::Erasures::Open(connection, pii_apart));
  sink.table_ = table;
  TRY(ReadTarget(connection, table, columns, sink.target_));
  return sink;
}

Result<ReplayOutcome> ReplaySink::Replay(std::span<const ReplayRow> rows,
                                         std::span<const Original> originals,
                                         std::span<const Alias> aliases) {
  if (rows.empty()) return ReplayOutcome{};
  originals_ = originals;
  aliases_ = aliases;
  in_vault_ = false;
  Result<ReplayOutcome> outcome = Write(rows);
  const pg::Failure failure = outcome.ok() ? pg::Failure{} : connection_.last_failure();
  const bool good = connection_.Rollback();
  if (outcome.ok()) return outcome;
  if (in_vault_) return outcome;
  if (good && IsRowsFault(failure)) {
    return Refused(refusals_.Of(connection_, table_, failure));
  }
  Error error = outcome.error();
  error.message =
      fmt::format("writing to table {}.{}: {}", table_.schema, table_.name, error.message);
  return error;
}

// Those that are still held, and ours until the end of the transaction.
Result<std::vector<ReplayRow>> ReplaySink::Lock(std::span<const ReplayRow> rows) {
  const pg::Connection::Progress begun =
      TRY(connection_.Run(Begin() + VaultBegin(target_, originals_, aliases_)));
  TRY(BeginResult(begun));
  in_vault_ = true;
  generation_ = TRY(ReadGeneration(target_, originals_, aliases_, begun));
  in_vault_ = false;
  std::vector<std::int64_t> ids;
  ids.reserve(rows.size());
  for (const ReplayRow& row : rows) ids.push_back(row.id);
  const pg::Rows locked =
      TRY(connection_.Exec(kLock, pg::Params().Int64s(ids).Int16(target_.pipeline_id)));
  ids.clear();
  for (int i = 0; i < locked.size(); ++i) ids.push_back(locked.Int(i, 0));
  std::sort(ids.begin(), ids.end());
  std::vector<ReplayRow> ours;
  for (const ReplayRow& row : rows) {
    if (std::binary_search(ids.begin(), ids.end(), row.id)) ours.push_back(row);
  }
  return ours;
}

// Leaves records of which an event has another's key, and takes away rows that are there already.
Result<> ReplaySink::DropSecondComers(std::vector<ReplayRow>& records, ReplayOutcome& outcome) {
  while (true) {
    std::vector<const EventKey*> keys;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < records.size(); ++i) {
      for (const std::optional<EventKey>& key : records[i].keys) {
        keys.push_back(key ? &*key : nullptr);
        owners.push_back(i);
      }
    }
    const KeyClaims claims(std::move(keys));
    if (claims.empty()) return Ok();
    TRY(connection_.Run("SAVEPOINT keys"));
    const std::vector<EventKey> known =
        TRY(WriteKeys(connection_, claims.Firsts(), target_.pipeline_id));
    const SecondComers second = claims.Settle(known);
    if (second.reused.empty()) {
      DropDuplicates(records, second, outcome);
      return Ok();
    }
    // Not even the others of its record have a key then.
    TRY(connection_.Run("ROLLBACK TO keys"));
    std::vector<bool> left(records.size(), false);
    for (const std::uint32_t i : second.reused) left[owners[i]] = true;
    std::vector<ReplayRow> rest;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (left[i]) {
        outcome.reused.push_back(records[i].id);
      } else {
        rest.push_back(std::move(records[i]));
      }
    }
    records = std::move(rest);
  }
}

Result<> ReplaySink::Take(std::span<const std::int64_t> ids) {
  TRY(connection_.Exec(kTake, pg::Params().Int64s(ids)));
  return Ok();
}

// A record of several events goes when one of them was erased: its body cannot be parted.
Result<> ReplaySink::DropErased(std::vector<ReplayRow>& records, ReplayOutcome& outcome) {
  if (!target_.erasures) return Ok();
  TRY(target_.erasures->Read(connection_, generation_));
  vault::TokensOfEvents tokens;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    const ReplayRow& record = records[i];
    for (std::size_t r = 0; r < record.rows.size(); ++r) {
      const std::string_view subject = r < record.subjects.size() ? record.subjects[r] : "";
      tokens.Add(i, record.sent_ms, subject, record.rows[r]);
    }
    for (const Alias& alias : aliases_) {  // Both are few: a replay's.
      if (std::ranges::count(record.events, alias.event) == 0) continue;
      tokens.AddOld(i, record.sent_ms, alias.old_token);
    }
  }
  const std::vector<std::uint32_t> erased = TRY(target_.erasures->Find(connection_, tokens));
  if (erased.empty()) return Ok();
  std::vector<ReplayRow> rest;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    if (std::ranges::binary_search(erased, i)) {
      outcome.erased.push_back(records[i].id);
    } else {
      rest.push_back(std::move(records[i]));
    }
  }
  records = std::move(rest);
  TRY(connection_.Exec(kErase, pg::Params().Int64s(outcome.erased)));
  return Ok();
}

Result<ReplayOutcome> ReplaySink::Write(std::span<const ReplayRow> meant) {
  ReplayOutcome outcome;
  in_vault_ = true;
  if (target_.erasures) TRY(target_.erasures->Prepare());
  if (target_.vault) TRY(target_.vault->Prepare(originals_));
  in_vault_ = false;
  std::vector<ReplayRow> records = TRY(Lock(meant));
  in_vault_ = true;
  TRY(DropErased(records, outcome));
  in_vault_ = false;
  TRY(DropSecondComers(records, outcome));
  if (records.empty()) {
    if (!outcome.erased.empty()) TRY(connection_.Commit());
    return outcome;
  }
  BatchPlan::Counts counts;
  target_.rows.Begin();
  for (const ReplayRow& record : records) {
    outcome.replayed.push_back(record.id);
    for (const Row& row : record.rows) TRY(target_.encoder.Encode(row, target_.rows));
    counts.inserted += record.rows.size();
  }
  std::sort(outcome.replayed.begin(), outcome.replayed.end());
  TRY(Take(outcome.replayed));
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
    return Refused({Reason::kRowSuppressed, {}});
  }
  TRY(WriteVault(records));
  in_vault_ = false;
  TRY(connection_.Commit());
  if (target_.vault) target_.vault->Committed();
  return outcome;
}

Result<> ReplaySink::WriteVault(std::span<const ReplayRow> records) {
  const bool vault = target_.vault && !originals_.empty();
  if (!vault && aliases_.empty()) return Ok();
  in_vault_ = true;
  const std::uint32_t last =
      std::max(vault ? originals_.back().event() : 0, aliases_.empty() ? 0 : aliases_.back().event);
  std::vector<bool> has_row(last + 1);
  for (const ReplayRow& record : records) {
    for (const std::uint32_t event : record.events) {
      if (event < has_row.size()) has_row[event] = true;
    }
  }
  if (vault) {
    TRY(target_.vault->is_apart()
            ? target_.vault->WriteApart(originals_, has_row)
            : target_.vault->Write(connection_, generation_, originals_, has_row));
  }
  return target_.aliases.Write(connection_, generation_, aliases_, has_row, target_.retired);
}

}  // namespace bauta::sinks
