#include "quarantine/quarantine.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "core/batch.h"
#include "core/message.h"

namespace bauta::quarantine {
namespace {

constexpr std::uint32_t kInt8 = 20, kInt8Array = 1016;

// The entries that Bind's parameters mean, oldest first: $1..$8.
constexpr char kMatching[] = R"(
 FROM bauta.quarantine q JOIN bauta.pipeline p ON p.id = q.pipeline
 WHERE ($1::text IS NULL OR p.name = $1) AND ($2::bigint[] IS NULL OR q.id = ANY ($2))
   AND ($3::text IS NULL OR q.reason = $3) AND ($4::text IS NULL OR q.column_name = $4)
   AND ($5::bigint IS NULL OR q.at >= to_timestamp($5 / 1000.0))
   AND ($6::bigint IS NULL OR q.at < to_timestamp($6 / 1000.0))
   AND (NOT $8::boolean OR q.state = 'held')
 ORDER BY q.id LIMIT $7::bigint)";

constexpr char kEntryColumns[] = R"(SELECT q.id, p.name, q.message_id_text, q.sent_ms, q.item,
 q.reason, q.column_name, q.sqlstate, q.constraint_name, q.receive_count, q.recipient, q.state,
 to_char(to_timestamp(q.sent_ms / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
 to_char(q.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))";

enum class States { kAll, kHeld };

pg::Params& BindNumber(pg::Params& params, std::optional<std::int64_t> number) {
  return number ? params.Int64(*number) : params.Null(kInt8);
}

pg::Params Bind(const Filter& filter, States states) {
  pg::Params params;
  params.TextOrNull(filter.pipeline.empty() ? std::nullopt : std::optional(filter.pipeline));
  if (filter.ids.empty()) {
    params.Null(kInt8Array);
  } else {
    params.Int64s(filter.ids);
  }
  params.TextOrNull(filter.reason).TextOrNull(filter.column);
  BindNumber(params, filter.since_ms);
  BindNumber(params, filter.until_ms);
  BindNumber(params, filter.limit);
  params.Bool(states == States::kHeld);
  return params;
}

Result<pg::Rows> Exec(pg::Connection& connection, const std::string& sql,
                      const pg::Params& params) {
  Result<pg::Rows> rows = connection.Exec(sql, params);
  if (rows.ok()) return rows;
  const std::string& state = connection.last_failure().sqlstate;
  if (state == "42P01" || state == "3F000") {
    return ConfigError(fmt::format("the database {} has no schema bauta", connection.place()),
                       "run: bauta init");
  }
  return rows;
}

Entry ReadEntry(const pg::Rows& rows, int row) {
  Entry entry;
  entry.id = rows.Int(row, 0);
  entry.pipeline = rows.String(row, 1);
  entry.message_id = rows.String(row, 2);
  entry.sent_ms = rows.Int(row, 3);
  entry.item = static_cast<std::uint32_t>(rows.Int(row, 4));
  entry.reason = rows.String(row, 5);
  entry.column = rows.Optional(row, 6);
  entry.sqlstate = rows.Optional(row, 7);
  entry.constraint = rows.Optional(row, 8);
  entry.receive_count = static_cast<int>(rows.Int(row, 9));
  entry.recipient = rows.String(row, 10);
  entry.state = rows.String(row, 11);
  entry.sent_at = rows.String(row, 12);
  entry.at = rows.String(row, 13);
  return entry;
}

Result<std::vector<Entry>> Select(pg::Connection& connection, const Filter& filter, States states) {
  const pg::Rows rows =
      TRY(Exec(connection, std::string(kEntryColumns) + kMatching, Bind(filter, states)));
  std::vector<Entry> entries;
  entries.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) entries.push_back(ReadEntry(rows, row));
  return entries;
}

Result<sealing::Opened> Open(pg::Connection& connection, const Entry& entry,
                             const Identity& identity) {
  if (entry.recipient != identity.id) {
    return Rejected(fmt::format("entry {} is sealed for the recipient {}, the identity is {}",
                                entry.id, entry.recipient, identity.id),
                    "give the identity file of that recipient");
  }
  const pg::Rows rows = TRY(connection.Exec("SELECT sealed FROM bauta.quarantine WHERE id = $1",
                                            pg::Params().Int64(entry.id)));
  if (rows.size() == 0 || rows.IsNull(0, 0))
    return Rejected(fmt::format("entry {} is {}: its body is gone", entry.id, entry.state));
  const sealing::RecordPlace place{entry.pipeline, entry.message_id, entry.sent_ms, entry.item};
  return sealing::OpenQuarantineRecord(identity.secret, place, rows.Bytes(0, 0));
}

// The message as it was delivered, and so with the same row for the same rules.
Message MakeMessage(const Entry& entry, const Uuid& ledger_id, sealing::Opened opened) {
  Message message;
  message.key = {entry.sent_ms, ledger_id};
  message.id = entry.message_id;
  message.attributes = std::move(opened.attributes);
  message.body = std::move(opened.body);
  message.receive_count = entry.receive_count;
  return message;
}

// One replay: the tools, and what came of it so far.
class Replayer {
 public:
  Replayer(pg::Connection& connection, const Identity& identity, Mapper& mapper,
           sinks::PostgresSink& sink, Mode mode)
      : connection_(connection), identity_(identity), mapper_(mapper), sink_(sink), mode_(mode) {}

  Result<> Take(const Entry& entry) {
    Result<sealing::Opened> opened = Open(connection_, entry, identity_);
    if (!opened.ok() && opened.error().code == ErrorCode::kRejected) {
      log::Warn("quarantine", opened.error().message, {{"id", entry.id}});
      ++done_.skipped;
      return Ok();
    }
    Message message =
        MakeMessage(entry, ParseUuid(entry.message_id).value_or(Uuid{}), TRY(std::move(opened)));
    Batch batch;
    mapper_.Map(message, batch);
    for (const Event& event : batch.events) {
      if (event.item == entry.item) return Settle(entry, event);
    }
    ++done_.skipped;  // The body no longer splits the way it did.
    return Ok();
  }

  const Replayed& done() const { return done_; }

 private:
  Result<> Settle(const Entry& entry, const Event& event) {
    if (!event.row) return Refused(entry, *event.refusal);
    if (mode_ == Mode::kDryRun) {
      ++done_.replayed;
      return Ok();
    }
    const Result<bool> replayed = sink_.Replay(entry.id, *event.row);
    if (!replayed.ok() && replayed.error().code == ErrorCode::kRejected) {
      log::Warn("quarantine", replayed.error().message, {{"id", entry.id}});
      ++done_.still_failing["constraint"];
      return Ok();
    }
    ++(TRY(replayed) ? done_.replayed : done_.skipped);
    return Ok();
  }

  Result<> Refused(const Entry& entry, const Refusal& refusal) {
    ++done_.still_failing[std::string(Code(refusal.reason))];
    if (mode_ == Mode::kDryRun) return Ok();
    const std::optional<std::string> column =
        refusal.column.empty() ? std::nullopt : std::optional(std::string(refusal.column));
    TRY(connection_.Exec(
        "UPDATE bauta.quarantine SET reason = $2, column_name = $3, sqlstate = NULL, "
        "constraint_name = NULL WHERE id = $1 AND state = 'held'",
        pg::Params().Int64(entry.id).Text(Code(refusal.reason)).TextOrNull(column)));
    return Ok();
  }

  pg::Connection& connection_;
  const Identity& identity_;
  Mapper& mapper_;
  sinks::PostgresSink& sink_;
  const Mode mode_;
  Replayed done_;
};

}  // namespace

Result<std::vector<Entry>> List(pg::Connection& connection, const Filter& filter) {
  return Select(connection, filter, States::kAll);
}

Result<sealing::Opened> Show(pg::Connection& connection, const std::string& pipeline,
                             std::int64_t id, const Identity& identity) {
  Filter filter;
  filter.pipeline = pipeline;
  filter.ids = {id};
  const std::vector<Entry> entries = TRY(Select(connection, filter, States::kAll));
  if (entries.empty())
    return Rejected(fmt::format("the quarantine of pipeline {} has no entry {}", pipeline, id),
                    "bauta quarantine list shows what there is");
  return Open(connection, entries.front(), identity);
}

Result<Replayed> Replay(pg::Connection& connection, const Filter& filter, const Identity& identity,
                        Mapper& mapper, sinks::PostgresSink& sink, Mode mode) {
  Replayer replayer(connection, identity, mapper, sink, mode);
  for (const Entry& entry : TRY(Select(connection, filter, States::kHeld)))
    TRY(replayer.Take(entry));
  return replayer.done();
}

Result<std::uint64_t> Discard(pg::Connection& connection, const Filter& filter,
                              const std::string& why, Mode mode) {
  const std::string matching = std::string("SELECT q.id") + kMatching;
  pg::Params params = Bind(filter, States::kHeld);
  if (mode == Mode::kDryRun) {
    const pg::Rows rows = TRY(Exec(connection, matching, params));
    return static_cast<std::uint64_t>(rows.size());
  }
  params.Text(why);
  const pg::Rows rows =
      TRY(Exec(connection,
               "UPDATE bauta.quarantine SET state = 'discarded', state_at = now(), "
               "state_by = current_user || ': ' || $9::text, sealed = NULL "
               "WHERE state = 'held' AND id IN (" +
                   matching + ")",
               params));
  return static_cast<std::uint64_t>(rows.affected());
}

}  // namespace bauta::quarantine
