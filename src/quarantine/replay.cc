#include "quarantine/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/log.h"
#include "core/batch.h"
#include "quarantine/entries.h"

namespace bauta::quarantine {
namespace {

// What is opened, mapped and committed at once: bounds for memory and locks.
constexpr std::size_t kMostEntries = 1000;
constexpr std::int64_t kMostBytes = 16 << 20;

// A held entry before its body is fetched.
struct Held {
  std::int64_t id, bytes;
};

// Why an entry stays held.
struct StillFailing {
  std::int64_t id;
  std::string reason;
  std::optional<std::string> column, sqlstate, constraint;
};

std::optional<std::string> NotEmpty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(std::string(text));
}

Result<std::vector<Held>> SelectMeant(pg::Connection& connection, const Filter& filter) {
  const pg::Rows rows =
      TRY(SelectEntries(connection, "q.id, octet_length(q.sealed)", filter, States::kHeld));
  std::vector<Held> meant;
  meant.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) meant.push_back({rows.Int(row, 0), rows.Int(row, 1)});
  return meant;
}

// The ids of the next chunk: at least one.
std::vector<std::int64_t> NextChunk(std::span<const Held> rest) {
  std::vector<std::int64_t> ids;
  std::int64_t bytes = 0;
  for (const Held& held : rest) {
    bytes += held.bytes;
    if (!ids.empty() && (ids.size() == kMostEntries || bytes > kMostBytes)) break;
    ids.push_back(held.id);
  }
  return ids;
}

using OptionalTexts = std::vector<std::optional<std::string_view>>;

// Notes why they still fail.  Another's hands are left alone; identity_expired stays what it is,
// since whether such an entry has its row is not known yet.
Result<> NoteReasons(pg::Connection& connection, std::span<const StillFailing> failing) {
  if (failing.empty()) return Ok();
  std::vector<std::int64_t> ids;
  OptionalTexts reasons, columns, states, constraints;
  for (const StillFailing& one : failing) {
    ids.push_back(one.id);
    reasons.emplace_back(one.reason);
    columns.emplace_back(one.column);
    states.emplace_back(one.sqlstate);
    constraints.emplace_back(one.constraint);
  }
  TRY(connection.Exec(
      "WITH new AS (SELECT * FROM unnest($1, $2, $3, $4, $5) AS u(id, r, c, s, n)), "
      "taken AS (SELECT q.id FROM bauta.quarantine q WHERE q.id = ANY ($1) AND q.state = 'held' "
      "AND q.reason <> 'identity_expired' ORDER BY q.id FOR UPDATE SKIP LOCKED) "
      "UPDATE bauta.quarantine q SET reason = new.r, column_name = new.c, sqlstate = new.s, "
      "constraint_name = new.n FROM taken JOIN new USING (id) WHERE q.id = taken.id AND "
      "(q.reason, q.column_name, q.sqlstate, q.constraint_name) "
      "IS DISTINCT FROM (new.r, new.c, new.s, new.n)",
      pg::Params().Int64s(ids).Texts(reasons).Texts(columns).Texts(states).Texts(constraints)));
  return Ok();
}

// One replay: the tools, and what came of it so far.
class Replayer {
 public:
  Replayer(pg::Connection& connection, const Identity& identity, Mapper& mapper,
           sinks::ReplaySink& sink, Mode mode)
      : connection_(connection),
        identity_(identity),
        opener_(identity.secret),
        mapper_(mapper),
        sink_(sink),
        mode_(mode) {}

  // The entries of `ids` that are still held.
  Result<> Take(const std::vector<std::int64_t>& ids) {
    Filter filter;
    filter.ids = ids;
    const pg::Rows rows = TRY(SelectEntries(connection_, std::string(kEntryColumns) + ", q.sealed",
                                            filter, States::kHeld));
    done_.skipped += ids.size() - static_cast<std::size_t>(rows.size());
    Batch batch;
    std::vector<sinks::ReplayRow> ready;
    for (int row = 0; row < rows.size(); ++row) {
      const Entry entry = ReadEntry(rows, row);
      if (!Opened(entry, rows.Bytes(row, 14), batch)) continue;
      Sort(entry, batch, ready);
    }
    TRY(Write(ready, batch.originals, batch.aliases));
    return Note();
  }

  Replayed& done() { return done_; }

 private:
  // Maps it into `batch`; false if it cannot be opened.
  bool Opened(const Entry& entry, std::string_view sealed, Batch& batch) {
    const Result<> ours = CheckRecipient(entry, identity_);
    Result<sealing::Opened> opened = ours.ok() ? Open(entry, sealed, opener_) : ours.error();
    if (!opened.ok()) {
      log::Warn("quarantine", opened.error().message, {{"id", entry.id}});
      ++done_.skipped;
      return false;
    }
    Message message = MakeMessage(entry, std::move(opened).value());
    mapper_.Map(message, batch);
    return true;
  }

  // The events of the last delivery, which is the entry's: all have rows now, or one still none.
  // Several are those of a body that was refused as a whole.
  void Sort(const Entry& entry, const Batch& batch, std::vector<sinks::ReplayRow>& ready) {
    sinks::ReplayRow made{entry.id, {}, {}, {}, {}, entry.sent_ms};
    const std::size_t last = batch.deliveries.size() - 1;
    const auto is_before = [last](const Event& event) { return event.delivery != last; };
    const auto before = std::find_if(batch.events.rbegin(), batch.events.rend(), is_before);
    auto number = static_cast<std::uint32_t>(before.base() - batch.events.begin());
    for (const Event& event : std::span(before.base(), batch.events.end())) {
      if (event.refusal) {
        return Fail({entry.id, std::string(Code(event.refusal->reason)),
                     NotEmpty(event.refusal->column), std::nullopt, std::nullopt});
      }
      made.rows.push_back(*event.row);
      made.keys.push_back(event.key);
      made.subjects.push_back(event.subject);
      made.events.push_back(number++);
    }
    ready.push_back(std::move(made));
  }

  // What the server refuses is found by halves.
  Result<> Write(std::span<const sinks::ReplayRow> rows, std::span<const Original> originals,
                 std::span<const Alias> aliases) {
    if (mode_ == Mode::kDryRun) {
      done_.replayed += rows.size();
      return Ok();
    }
    const sinks::ReplayOutcome outcome = TRY(sink_.Replay(rows, originals, aliases));
    if (!outcome.refused) {
      done_.replayed += outcome.replayed.size();
      done_.skipped +=
          rows.size() - outcome.replayed.size() - outcome.reused.size() - outcome.erased.size();
      if (!outcome.erased.empty()) done_.still_failing["erased"] += outcome.erased.size();
      for (const std::int64_t id : outcome.reused) {
        Fail({id, std::string(Code(Reason::kKeyReused)), {}, {}, {}});
      }
      if (!outcome.duplicates.empty()) {
        log::Info(
            "quarantine", "events that have their rows already were left: discard them",
            {{"events", outcome.duplicates.size()}, {"first_id", outcome.duplicates.front()}});
      }
      return Ok();
    }
    if (rows.size() > 1) {
      TRY(Write(rows.first(rows.size() / 2), originals, aliases));
      return Write(rows.subspan(rows.size() / 2), originals, aliases);
    }
    const Refusal& why = *outcome.refused;
    Fail({rows.front().id, std::string(Code(why.reason)), NotEmpty(why.column),
          NotEmpty(why.sqlstate), NotEmpty(why.constraint)});
    return Ok();
  }

  void Fail(StillFailing why) {
    ++done_.still_failing[why.reason];
    failing_.push_back(std::move(why));
  }

  Result<> Note() {
    const std::vector<StillFailing> failing = std::exchange(failing_, {});
    return mode_ == Mode::kDryRun ? Ok() : NoteReasons(connection_, failing);
  }

  pg::Connection& connection_;
  const Identity& identity_;
  sealing::Opener opener_;
  Mapper& mapper_;
  sinks::ReplaySink& sink_;
  const Mode mode_;
  Replayed done_;
  std::vector<StillFailing> failing_;
};

// Those of reason identity_expired are spared unless they are named.  How many.
Result<std::uint64_t> SpareExpired(pg::Connection& connection, Filter& filter) {
  if (filter.reason || !filter.ids.empty()) return std::uint64_t{0};
  Filter expired = filter;
  expired.reason = "identity_expired";
  expired.limit.reset();
  filter.spare_expired = true;
  return TRY(SelectHeld(connection, expired)).size();
}

}  // namespace

std::uint64_t Replayed::settled() const {
  std::uint64_t sum = replayed + skipped;
  for (const auto& [reason, count] : still_failing) sum += count;
  return sum;
}

Result<Replayed> Replay(pg::Connection& connection, const Filter& filter, const Identity& identity,
                        Mapper& mapper, sinks::ReplaySink& sink, Mode mode,
                        const std::function<void(const Replayed&)>& progress) {
  Replayer replayer(connection, identity, mapper, sink, mode);
  Replayed& done = replayer.done();
  Filter narrowed = filter;
  done.expired = done.skipped = TRY(SpareExpired(connection, narrowed));
  const std::vector<Held> meant = TRY(SelectMeant(connection, narrowed));
  done.meant = meant.size() + done.expired;
  for (std::span<const Held> rest = meant; !rest.empty();) {
    const std::vector<std::int64_t> ids = NextChunk(rest);
    rest = rest.subspan(ids.size());
    const Result<> taken = replayer.Take(ids);
    if (progress) progress(done);
    TRY(taken);
  }
  return done;
}

}  // namespace bauta::quarantine
