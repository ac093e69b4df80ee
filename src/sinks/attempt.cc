#include "sinks/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "pg/our_schema.h"
#include "sinks/ledger.h"

namespace bauta::sinks {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

constexpr const char* kCopyLedger =
    "COPY bauta.ledger (sent_ms, message_id, pipeline, slot) FROM STDIN (FORMAT binary)";
constexpr const char* kCopyKeys =
    "COPY bauta.event_key (key, pipeline, body_tag) FROM STDIN (FORMAT binary)";
constexpr const char* kHurry = ";SET LOCAL lock_timeout = '100ms'";
// Comes after all keys, and ends the hurry.
constexpr const char* kReadHorizon =
    "SELECT horizon_ms, set_config('lock_timeout', '5s', true) FROM bauta.meta";
constexpr const char* kInsertQuarantine =
    "INSERT INTO bauta.quarantine (pipeline, sent_ms, message_id, item, message_id_text, reason, "
    "column_name, sqlstate, constraint_name, receive_count, recipient, sealed, state, state_at) "
    "SELECT $1, u.s, u.m, u.i, u.t, u.r, u.c, u.q, u.k, u.n, $2, nullif(u.b, ''), "
    "CASE u.b WHEN '' THEN 'discarded' ELSE 'held' END, CASE u.b WHEN '' THEN now() END "
    "FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS u(s, m, i, t, r, c, q, k, n, b) "
    "ON CONFLICT (sent_ms, message_id, pipeline, item) DO NOTHING RETURNING sent_ms, message_id";

// What failed before a row was sent, which is no row's fault.
Error OfOurTables(Error error) {
  if (error.code == ErrorCode::kRetryable || !error.hint.empty()) return error;
  error.message = "our own tables: " + error.message;
  error.hint = "run `bauta check`: it names privileges and tables that are missing";
  return error;
}

}  // namespace

Result<Attempt::End> Attempt::Run() {
  TRY(EncodeLedger());
  TRY(EncodeRows());
  const BatchPlan::Counts counts = plan_.Count();
  const KeyClaims claims(plan_.batch(), plan_.Rows());
  const SecondComers second = claims.Settle({});
  const bool plain = ledger_by_ == LedgerBy::kCopy && counts.messages > 0 && rows_ > 0 &&
                     counts.quarantined == 0 && plan_.Probes().empty() &&
                     second.duplicates.empty() && second.reused.empty() && !MayBeErased();
  if (target_.erasures) TRY(target_.erasures->Prepare());
  if (target_.vault) TRY(target_.vault->Prepare(plan_.batch().originals));
  target_.aliases.Forget();
  if (plain) EncodeKeys(claims);
  const End end = plain ? TRY(RunFast()) : TRY(RunInSteps());
  if (end != End::kReady) return end;
  if (!reused_.empty()) return End::kReused;
  TRY(WriteVault());
  return End::kReady;
}

// The whole transaction in one message that waits for data twice, or with event keys three times:
// four or five round trips with COMMIT.
Result<Attempt::End> Attempt::RunFast() {
  const Result<Progress> begun = connection_.Run(
      fmt::format("{};{}{};{};{}", BeginSql(), kCopyLedger,
                  has_keys_ ? std::string(";") + kCopyKeys : "", kReadHorizon, Tail()));
  if (!begun.ok()) return OfOurTables(begun.error());
  if (HorizonPassed(TRY(BeginResult(*begun)).horizon_ms)) return End::kHorizon;
  TRY(ReadGeneration(*begun));
  if (target_.erasures && !target_.erasures->IsOf(generation_)) {
    target_.erasures->Forget();
    return End::kErasures;
  }

  Result<Progress> keys = connection_.Feed(target_.ledger.data());
  if (keys.ok() && has_keys_) keys = connection_.Feed(target_.keys.data());
  if (!keys.ok()) {
    // Without a line it was the next COPY, which waited for its table.
    const bool in_keys = connection_.last_failure().copy_line > 0;
    return in_keys ? ExplainKeys(keys.error()) : Explain(keys.error());
  }
  if (keys->results.size() < 2) return Fatal("the COPY of the keys gave no answer");
  if (HorizonPassed(keys->results[1].Int(0, 0))) return End::kHorizon;

  const Result<Progress> rows = connection_.Feed(target_.rows.data());
  if (!rows.ok()) return Explain(rows.error());
  return CheckRows(*rows);
}

Result<Attempt::End> Attempt::RunInSteps() {
  const Result<Progress> begun = connection_.Run(BeginSql());
  if (!begun.ok()) return OfOurTables(begun.error());
  if (HorizonPassed(TRY(BeginResult(*begun)).horizon_ms)) return End::kHorizon;
  TRY(ReadGeneration(*begun));

  if (const Result<> found = FindErased(); !found.ok()) return OfOurTables(found.error());
  if (!erased_.empty()) return End::kErased;
  if (const Result<> probed = Probe(); !probed.ok()) return Explain(probed.error());
  if (const Result<> wrote = WriteLedger(); !wrote.ok()) return ExplainKeys(wrote.error());
  const Result<End> keys = WriteEventKeys();
  if (!keys.ok()) return ExplainKeys(keys.error());
  if (*keys != End::kReady) return keys;
  const Result<pg::Rows> horizon = connection_.Query(kReadHorizon);
  if (!horizon.ok()) return Explain(horizon.error());
  if (HorizonPassed(horizon->Int(0, 0))) return End::kHorizon;

  if (const Result<> wrote = WriteQuarantine(); !wrote.ok()) return Explain(wrote.error());
  const Result<End> end = WriteTail();
  return end.ok() ? end : Explain(end.error());
}

// A unique violation of our own tables is no failure: somebody was here before.
Result<Attempt::End> Attempt::Explain(const Error& error) const {
  const pg::Failure& failure = connection_.last_failure();
  if (failure.sqlstate == "23505" && pg::NamesOurs(failure)) return End::kKnownKeys;
  if (pg::MayBlameRow(failure)) return End::kRefused;
  return error;
}

// Keys wait for the transaction that wrote them first.
Result<Attempt::End> Attempt::ExplainKeys(const Error& error) const {
  if (connection_.last_failure().sqlstate == "55P03") return End::kLocked;
  return Explain(error);
}

bool Attempt::HorizonPassed(std::int64_t horizon_ms) {
  horizon_ms_ = std::max(horizon_ms_, horizon_ms);
  return horizon_ms > plan_.oldest_ms();
}

Result<> Attempt::EncodeLedger() {
  pg::CopyBuffer& out = target_.ledger;
  out.Begin();
  for (const std::uint32_t i : plan_.NewByKey()) {
    const LedgerKey& key = plan_.batch().deliveries[i].key;
    out.BeginRow(4);
    out.Int64(key.sent_ms);
    out.Uuid(key.id);
    out.Int16(target_.pipeline_id);
    out.Int16(static_cast<std::int16_t>(key.sent_ms / kDayMs % 64));
  }
  out.End();
  return Ok();
}

Result<> Attempt::EncodeRows() {
  target_.rows.Begin();
  const std::vector<std::uint32_t> rows = plan_.Rows();
  for (const std::uint32_t i : rows) {
    TRY(target_.encoder.Encode(*plan_.batch().events[i].row, target_.rows));
  }
  target_.rows.End();
  rows_ = static_cast<std::int64_t>(rows.size());
  return Ok();
}

// A read alone proves nothing (the other transaction may be open still): what it misses, the
// ledger's key finds.
Result<> Attempt::Probe() {
  const std::vector<std::uint32_t> probes = plan_.Probes();
  if (probes.empty() || ledger_by_ == LedgerBy::kInsert) return Ok();
  const std::vector<LedgerKey> known =
      TRY(ProbeLedger(connection_, plan_.batch(), probes, target_.pipeline_id));
  if (known.empty()) return Ok();
  plan_.MarkPresent(known);
  TRY(EncodeLedger());
  return EncodeRows();
}

Result<> Attempt::WriteLedger() {
  const std::vector<std::uint32_t> fresh = plan_.NewByKey();
  if (fresh.empty()) return Ok();
  if (ledger_by_ == LedgerBy::kCopy) {
    TRY(connection_.Copy(kCopyLedger, target_.ledger.data()));
    return Ok();
  }
  const std::vector<LedgerKey> written =
      TRY(InsertLedger(connection_, plan_.batch(), fresh, target_.pipeline_id));
  if (written.size() == fresh.size()) return Ok();
  plan_.KeepOnly(written);
  return EncodeRows();
}

void Attempt::EncodeKeys(const KeyClaims& claims) {
  has_keys_ = !claims.empty();
  if (!has_keys_) return;
  pg::CopyBuffer& out = target_.keys;
  out.Begin();
  for (const EventKey& key : claims.Firsts()) {
    out.BeginRow(3);
    out.Uuid(key.key);
    out.Int16(target_.pipeline_id);
    out.Text({reinterpret_cast<const char*>(key.body_tag.data()), key.body_tag.size()});
  }
  out.End();
}

// After the ledger, which knows whose events these are: so no two transactions wait for each other.
// An event whose key is with another one of the batch is left out, until it is known that the
// server takes the other one's row: else the key is free.
Result<Attempt::End> Attempt::WriteEventKeys() {
  const KeyClaims claims(plan_.batch(), plan_.Rows());
  if (claims.empty()) return End::kReady;
  const std::vector<EventKey> known =
      TRY(WriteKeys(connection_, claims.Firsts(), target_.pipeline_id));
  SecondComers second = claims.Settle(known);
  const bool for_good = !second.reused_for_good.empty();
  reused_ = std::move(for_good ? second.reused_for_good : second.reused);
  if (for_good) return End::kReused;
  std::vector<std::uint32_t> left_out = std::move(second.duplicates);
  left_out.insert(left_out.end(), reused_.begin(), reused_.end());
  if (left_out.empty()) return End::kReady;
  plan_.SetDuplicates(left_out);
  TRY(EncodeRows());
  return End::kReady;
}

Result<> Attempt::WriteQuarantine() {
  const std::vector<std::uint32_t> refused = plan_.Quarantined();
  if (refused.empty()) return Ok();
  sealing::Sealer sealer = TRY(sealing::Sealer::Make(target_.recipient_key));
  KeyArrays keys;
  std::vector<std::int32_t> items, counts;
  std::vector<std::optional<std::string_view>> ids, reasons, columns, states, constraints;
  const auto text = [](std::string_view v) { return v.empty() ? std::nullopt : std::optional(v); };
  std::vector<std::string> sealed;
  for (const std::uint32_t i : refused) {
    const Event& event = plan_.batch().events[i];
    const Delivery& delivery = plan_.batch().deliveries[event.delivery];
    const Refusal refusal = plan_.RefusalOf(event);
    keys.Add(delivery.key);
    items.push_back(static_cast<std::int32_t>(event.item));
    ids.emplace_back(delivery.id);
    reasons.emplace_back(Code(refusal.reason));
    columns.push_back(text(refusal.column));
    states.push_back(text(refusal.sqlstate));
    constraints.push_back(text(refusal.constraint));
    counts.push_back(delivery.receive_count);
    // What was erased must not come back by way of a body.
    if (refusal.reason == Reason::kErased) {
      sealed.emplace_back();
      continue;
    }
    sealed.push_back(TRY(sealer.Seal(
        {target_.pipeline, delivery.id, delivery.key.sent_ms, event.item}, delivery.body)));
  }
  const pg::Rows rows = TRY(connection_.Exec(kInsertQuarantine, pg::Params()
                                                                    .Int16(target_.pipeline_id)
                                                                    .Text(target_.recipient)
                                                                    .Int64s(keys.sent_ms)
                                                                    .Uuids(keys.ids)
                                                                    .Int32s(items)
                                                                    .Texts(ids)
                                                                    .Texts(reasons)
                                                                    .Texts(columns)
                                                                    .Texts(states)
                                                                    .Texts(constraints)
                                                                    .Int32s(counts)
                                                                    .BytesArray(sealed)));
  // An expired identity has no ledger key: that its record is there already says it came before.
  const std::vector<LedgerKey> written = TRY(SortedKeys(rows));
  for (std::size_t i = 0; i < plan_.batch().deliveries.size(); ++i) {
    if (plan_.standing(i) != Standing::kExpired) continue;
    const LedgerKey& key = plan_.batch().deliveries[i].key;
    if (!std::binary_search(written.begin(), written.end(), key)) plan_.MarkPresent(i);
  }
  return Ok();
}

std::string Attempt::BeginSql() const {
  std::string sql = Begin();
  if (wait_ == Wait::kHurried) sql += kHurry;
  return sql + VaultBegin(target_, plan_.batch().originals, plan_.batch().aliases);
}

// The target's COPY, the batch line, and deferred constraints while a batch can be blamed.
std::string Attempt::Tail() const {
  std::string sql;
  if (rows_ > 0) sql = CopySql(target_);
  sql += BatchLineSql(target_, line_id_, "queue", plan_.Count());
  return sql + ";SET CONSTRAINTS ALL IMMEDIATE";
}

Result<Attempt::End> Attempt::WriteTail() {
  const Progress started = TRY(connection_.Run(Tail()));
  if (!started.wants_data) return End::kReady;
  const Progress done = TRY(connection_.Feed(target_.rows.data()));
  return CheckRows(done);
}

// Fewer rows than were sent: a trigger swallowed some.
Result<Attempt::End> Attempt::CheckRows(const Progress& progress) const {
  if (TRY(HasChanged(target_, progress))) return End::kChanged;
  return progress.results[0].affected() == rows_ ? End::kReady : End::kRefused;
}

Result<> Attempt::ReadGeneration(const Progress& begun) {
  generation_ =
      TRY(sinks::ReadGeneration(target_, plan_.batch().originals, plan_.batch().aliases, begun));
  return Ok();
}

// Whether it takes a look at what was erased: true until it is known when that last happened.
bool Attempt::MayBeErased() const {
  if (!target_.erasures) return false;
  return std::ranges::any_of(plan_.Rows(), [this](std::uint32_t i) {
    const Event& event = plan_.batch().events[i];
    return target_.erasures->MayConcern(plan_.batch().deliveries[event.delivery].key.sent_ms);
  });
}

Result<> Attempt::FindErased() {
  if (!target_.erasures) return Ok();
  TRY(target_.erasures->Read(connection_, generation_));
  vault::TokensOfEvents tokens;
  for (const std::uint32_t i : plan_.Rows()) {
    const Event& event = plan_.batch().events[i];
    tokens.Add(i, plan_.batch().deliveries[event.delivery].key.sent_ms, event.subject, *event.row);
  }
  // An erasure from before the rotation left a mark under the old key alone.
  const std::vector<bool> has_row = HasRow();
  for (const Alias& alias : plan_.batch().aliases) {
    if (!has_row[alias.event]) continue;
    const Event& event = plan_.batch().events[alias.event];
    tokens.AddOld(alias.event, plan_.batch().deliveries[event.delivery].key.sent_ms,
                  alias.old_token);
  }
  erased_ = TRY(target_.erasures->Find(connection_, tokens));
  return Ok();
}

std::vector<bool> Attempt::HasRow() const {
  std::vector<bool> has_row(plan_.batch().events.size());
  for (const std::uint32_t i : plan_.Rows()) has_row[i] = true;
  return has_row;
}

// Last, when it is known which events have rows: others who meet the same new value wait for this
// transaction from here to COMMIT only, and have nothing that it could still wait for.
Result<> Attempt::WriteVault() {
  const Batch& batch = plan_.batch();
  const bool vault = target_.vault && !batch.originals.empty();
  if (!vault && batch.aliases.empty()) return Ok();
  const std::vector<bool> has_row = HasRow();
  if (vault && target_.vault->is_apart()) {
    TRY(target_.vault->WriteApart(batch.originals, has_row));
  } else if (vault) {
    TRY(target_.vault->Write(connection_, generation_, batch.originals, has_row));
  }
  return target_.aliases.Write(connection_, generation_, batch.aliases, has_row, target_.retired);
}

}  // namespace bauta::sinks
