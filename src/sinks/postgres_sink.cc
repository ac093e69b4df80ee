#include "sinks/postgres_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "sinks/attempt.h"
#include "sinks/culprits.h"
#include "sinks/describe.h"
#include "sinks/frozen.h"
#include "sinks/locked_keys.h"
#include "sinks/refusals.h"
#include "sinks/table_changes.h"

namespace bauta::sinks {
namespace {

constexpr int kTries = 8;
constexpr int kSlots = 64;
constexpr int kRestEvery = 24;  // Calls of Expire.
constexpr int kUnknownTries = 5;

std::vector<LedgerKey> KeysOf(const Batch& batch) {
  std::vector<LedgerKey> keys;
  keys.reserve(batch.deliveries.size());
  for (const Delivery& delivery : batch.deliveries) keys.push_back(delivery.key);
  return keys;
}

// A batch whose COMMIT went unanswered.
struct InDoubt {
  Uuid line_id;
  std::vector<LedgerKey> keys;  // Tells whether it is the same batch that comes again.
  Written written;
  std::vector<std::uint32_t> aside;  // Of the batch.
};

}  // namespace

struct PostgresSink::Impl {
  Options options;
  Target target;
  std::string table;  // For messages.
  std::optional<pg::Connection> connection;
  std::int64_t horizon_ms = 0;
  std::optional<InDoubt> in_doubt;
  int next_slot = 0, expired = 0;
  bool more_to_expire = false;
  log::RateLimit frozen_look{std::chrono::seconds(5)};
  int unknown = 0;  // Failures of no known meaning since something was written.

  Refusals refusals;  // What those of batches refer to.

  Result<> Connect();
  Result<bool> TableChanged();
  Result<> Read();
  Result<> ReadPipeline();
  Result<Written> Write(Batch& batch);
  bool IsOutlived(const Batch& batch) const;
  Result<bool> TryAgain(Result<Attempt::End> end, Batch& batch, BatchPlan& plan);
  static Error Refuse(Batch& batch, const std::vector<std::uint32_t>& events, Reason reason);
  Result<bool> Reject(Batch& batch, const BatchPlan& plan);
  Result<bool> SetAside(Batch& batch, BatchPlan& plan);
  Result<Written> Finish(const BatchPlan& plan, const Uuid& line_id);
  Written Resolve(Batch& batch);
  Result<bool> WasCommitted(const Uuid& line_id);
  Error GiveUp(Error error);
  Error Describe(Error error) const;
};

// Leaves a connection that is outside any transaction.
Result<> PostgresSink::Impl::Connect() {
  if (connection && connection->Rollback()) return Ok();
  connection.reset();
  connection.emplace(TRY(pg::Connection::Open(options.connect)));
  if (target.vault) target.vault->Reconnected();
  target.aliases.Reconnected();
  const Result<> known = Read();
  if (!known.ok()) connection.reset();
  return known;
}

// On a new connection, which may be to another server.
Result<> PostgresSink::Impl::Read() {
  TRY(ReadPipeline());
  target.erasures = TRY(vault::Erasures::Open(*connection, options.pii_apart));
  return Ok();
}

Result<> PostgresSink::Impl::ReadPipeline() {
  Result<pg::Rows> rows = connection->Exec(
      "SELECT p.id, m.horizon_ms, pg_catalog.pg_is_in_recovery() FROM bauta.meta m "
      "LEFT JOIN bauta.pipeline p ON p.name = $1",
      pg::Params().Text(options.pipeline));
  const std::string& state = connection->last_failure().sqlstate;
  if (!rows.ok() && (state == "42P01" || state == "3F000")) {
    return ConfigError(fmt::format("database {} at {} has no schema bauta", connection->database(),
                                   connection->place()),
                       "run `bauta init`");
  }
  if (!rows.ok()) return Describe(rows.error());
  if (rows->size() > 0 && rows->Bool(0, 2)) return Standby(*connection);
  if (rows->size() == 0 || rows->IsNull(0, 0)) {
    return ConfigError(fmt::format("pipeline {} is not registered in database {}", options.pipeline,
                                   connection->database()),
                       "run `bauta init`");
  }
  target.pipeline_id = static_cast<std::int16_t>(rows->Int(0, 0));
  horizon_ms = rows->Int(0, 1);
  return Ok();
}

Result<Written> PostgresSink::Impl::Write(Batch& batch) {
  batch.outlived = false;
  TRY(Connect());
  if (in_doubt && in_doubt->keys != KeysOf(batch)) in_doubt.reset();
  const Uuid line_id = in_doubt ? in_doubt->line_id : RandomUuid();
  if (in_doubt && TRY(WasCommitted(line_id))) return Resolve(batch);
  batch.aside.clear();
  batch.rejected.clear();
  // What is in doubt may have the keys itself: its backend is about to end.
  const bool hurried = batch.hurried && !in_doubt;
  const Attempt::Wait wait = hurried ? Attempt::Wait::kHurried : Attempt::Wait::kPatient;
  Attempt::LedgerBy ledger_by = Attempt::LedgerBy::kCopy;
  for (int i = 0; i < kTries; ++i) {
    // What the transaction compares with the registry is of the same time, or it ends as kChanged.
    batch.outlived = IsOutlived(batch);
    if (batch.outlived) {
      return Retryable(fmt::format("masked under key {}, which is retired", batch.kid));
    }
    BatchPlan plan(batch, horizon_ms);
    if (plan.HasNothingToDo()) return plan.Outcome();
    Attempt attempt(*connection, target, plan, ledger_by, wait, line_id);
    const Result<Attempt::End> end = attempt.Run();
    horizon_ms = std::max(horizon_ms, attempt.horizon_ms());
    if (end.ok() && *end == Attempt::End::kReady) return Finish(plan, line_id);
    if (!connection->Rollback()) {
      return end.ok() ? Retryable("lost the connection to PostgreSQL") : end.error();
    }
    if (end.ok() && *end == Attempt::End::kReused) {
      return Refuse(batch, attempt.reused(), Reason::kKeyReused);
    }
    if (end.ok() && *end == Attempt::End::kErased) {
      return Refuse(batch, attempt.erased(), Reason::kErased);
    }
    if (TRY(TryAgain(end, batch, plan))) continue;
    // The old backend may have committed the batch in doubt only while we waited for its keys.
    if (in_doubt && TRY(WasCommitted(line_id))) return Resolve(batch);
    ledger_by = Attempt::LedgerBy::kInsert;
  }
  return Retryable("ledger and table change faster than a batch can be written");
}

// Where new tokens are accepted against the registry, the key of now may be none that it has.
bool PostgresSink::Impl::IsOutlived(const Batch& batch) const {
  return options.primary && target.retired.contains(batch.kid) && options.primary() != batch.kid;
}

// After an attempt that was rolled back.  False: its keys were in the ledger.
Result<bool> PostgresSink::Impl::TryAgain(Result<Attempt::End> end, Batch& batch, BatchPlan& plan) {
  using End = Attempt::End;
  if (!end.ok()) {
    // What the server said of the columns may be news of a changed table.
    const pg::Failure failure = connection->last_failure();
    if (failure.sqlstate == "55P03" && frozen_look.Pass()) {
      EndFrozen(*connection, options.frozen_after);
    }
    if (failure.sqlstate.empty() || end.error().code == ErrorCode::kFatal) return end.error();
    if (end.error().code == ErrorCode::kRetryable && failure.sqlstate != "08P01") {
      return end.error();
    }
    const Error error = Describe(end.error());
    if (!TRY(TableChanged())) return error;
    end = End::kChanged;
  }
  if (*end == End::kChanged) {
    TRY(ReadTarget(*connection, options.table, options.columns, target));
    if (!target.erasures) {  // `bauta keys rotate` may have made schema pii.
      auto opened = vault::Erasures::Open(*connection, options.pii_apart);
      if (!opened.ok()) {
        target.fingerprint.clear();  // So that the next attempt comes here again.
        return opened.error();
      }
      target.erasures = std::move(opened).value();
    }
    log::Info("sink", "table " + table + " has changed; its columns were read again");
    return true;
  }
  if (*end == End::kRefused) return Reject(batch, plan);
  if (*end == End::kLocked) return SetAside(batch, plan);
  return *end == End::kHorizon || *end == End::kErasures;
}

Error PostgresSink::Impl::Refuse(Batch& batch, const std::vector<std::uint32_t>& events,
                                 Reason reason) {
  for (const std::uint32_t i : events) {
    batch.events[i].refusal = Refusal{reason, {}};
    batch.events[i].row.reset();
  }
  batch.rejected = events;
  return Rejected(reason == Reason::kErased
                      ? fmt::format("{} events are of somebody who was erased", events.size())
                      : fmt::format("{} events have keys that belong to others", events.size()));
}

// True if some were found: the others are tried again at once.
Result<bool> PostgresSink::Impl::SetAside(Batch& batch, BatchPlan& plan) {
  if (frozen_look.Pass()) EndFrozen(*connection, options.frozen_after);
  const std::vector<std::uint32_t> locked = TRY(FindLocked(*connection, plan, target.pipeline_id));
  if (locked.empty()) return Retryable("waited in vain for the keys of the ledger");
  plan.PutAside(locked);
  batch.aside = plan.Aside();
  return true;
}

// kRejected if rows were found that can never be written.
Result<bool> PostgresSink::Impl::Reject(Batch& batch, const BatchPlan& plan) {
  const Result<std::vector<Culprit>> culprits =
      FindCulprits(*connection, target.encoder, batch, plan.Rows());
  if (!culprits.ok()) {
    const bool explained = !culprits.error().hint.empty();
    return explained ? InTable(options.table, culprits.error()) : culprits.error();
  }
  if (culprits->empty()) return true;
  batch.rejected.clear();
  for (const Culprit& culprit : *culprits) {
    Event& event = batch.events[culprit.event];
    event.refusal = refusals.Of(*connection, options.table, culprit.failure);
    event.row.reset();
    batch.rejected.push_back(culprit.event);
  }
  return Rejected(fmt::format("the server refuses {} rows", culprits->size()));
}

Result<bool> PostgresSink::Impl::TableChanged() {
  const pg::Rows now = TRY(connection->Query("SELECT " + target.fingerprint_sql));
  return now.Text(0, 0) != target.fingerprint;
}

Result<Written> PostgresSink::Impl::Finish(const BatchPlan& plan, const Uuid& line_id) {
  Written written = plan.Outcome();
  const Result<> committed = connection->Commit();
  if (!committed.ok()) {
    if (committed.error().code == ErrorCode::kRetryable) {
      in_doubt = InDoubt{line_id, KeysOf(plan.batch()), std::move(written), plan.batch().aside};
    }
    return committed.error();
  }
  in_doubt.reset();
  if (target.vault) target.vault->Committed();
  target.aliases.Committed();
  return written;
}

Written PostgresSink::Impl::Resolve(Batch& batch) {
  batch.aside = std::move(in_doubt->aside);
  return std::exchange(in_doubt, std::nullopt)->written;
}

// Whether the line is there, durably: the transaction writes a little, so that its own COMMIT waits
// for the disk and the replicas that the lost one may not have waited for.
Result<bool> PostgresSink::Impl::WasCommitted(const Uuid& line_id) {
  TRY(connection->Query(Begin()));
  const pg::Rows rows = TRY(connection->Exec(
      "SELECT pg_logical_emit_message(true, 'bauta', '') FROM bauta.batch WHERE id = $1",
      pg::Params().Uuid(line_id)));
  const bool found = rows.size() > 0;
  TRY(connection->Commit());
  return found;
}

// After an error: what it means for the caller; the connection is good again, or gone.
Error PostgresSink::Impl::GiveUp(Error error) {
  error = Describe(std::move(error));
  const pg::Failure failure = connection ? connection->last_failure() : pg::Failure{};
  if (connection && !connection->Rollback()) connection.reset();
  if (!connection) return error;
  // A pooler keeps our session while another server takes the place of the one behind it.
  if (target.vault && error.code == ErrorCode::kRetryable) target.vault->Reconnected();
  if (error.code == ErrorCode::kRetryable) target.aliases.Reconnected();
  const bool read_only = failure.sqlstate == "25006";
  if (read_only || error.code != ErrorCode::kRetryable) {
    const Result<pg::Rows> standby = connection->Query("SELECT pg_catalog.pg_is_in_recovery()");
    if (standby.ok() && standby->Bool(0, 0)) error = Standby(*connection);
    if (read_only || !standby.ok() || standby->Bool(0, 0)) connection.reset();  // Another may do.
  }
  if (error.code == ErrorCode::kFatal && pg::IsUnknown(failure.sqlstate) &&
      ++unknown < kUnknownTries) {
    error.code = ErrorCode::kRetryable;
  }
  return error;
}

Error PostgresSink::Impl::Describe(Error error) const {
  return connection ? sinks::Describe(*connection, options.table, std::move(error)) : error;
}

PostgresSink::PostgresSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PostgresSink::~PostgresSink() = default;

Result<std::unique_ptr<PostgresSink>> PostgresSink::Open(Options options) {
  auto impl = std::make_unique<Impl>();
  impl->target.pipeline = options.pipeline;
  impl->target.worker = options.worker;
  impl->target.recipient = options.recipient;
  impl->target.recipient_key = options.recipient_key;
  if (options.vault) impl->target.vault.emplace(*options.vault);
  impl->target.aliases = vault::AliasWriter(options.known_aliases);
  impl->target.still_fits = options.still_fits;
  impl->table = options.table.schema + "." + options.table.name;
  impl->options = std::move(options);
  impl->next_slot = RandomUuid().bytes[0] % kSlots;
  TRY(impl->Connect());
  TRY(ReadTarget(*impl->connection, impl->options.table, impl->options.columns, impl->target));
  return std::unique_ptr<PostgresSink>(new PostgresSink(std::move(impl)));
}

Result<Written> PostgresSink::Write(Batch& batch) {
  if (batch.deliveries.empty()) return Written{};
  Result<Written> written = impl_->Write(batch);
  if (!written.ok()) return impl_->GiveUp(written.error());
  impl_->unknown = 0;
  return written;
}

Result<bool> PostgresSink::Expire() {
  Impl& self = *impl_;
  TRY(self.Connect());
  if (!self.more_to_expire) {
    const Result<pg::Rows> slot =
        self.connection->Exec("SELECT bauta.expire($1)", pg::Params().Int32(self.next_slot));
    self.next_slot = (self.next_slot + 1) % kSlots;
    // A slot that is in use, or that another instance empties, gets its turn again.
    const bool busy = !slot.ok() && self.connection->last_failure().sqlstate == "55P03";
    if (!slot.ok() && !busy) return slot.error();
    if (self.expired++ % kRestEvery != 0) return false;
  }
  // One transaction, in which the function leaves word whether there are more event keys.
  const pg::Rows more = TRY(self.connection->Query(
      "SELECT bauta.expire_rest(); SELECT current_setting('bauta.more_to_expire', true)"));
  self.more_to_expire = more.Text(0, 0) == "true";
  return self.more_to_expire;
}

}  // namespace bauta::sinks
