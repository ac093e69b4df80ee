// One try to commit a batch: the statements of DESIGN, section 5, in their order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "pg/connection.h"
#include "sinks/batch_plan.h"
#include "sinks/event_keys.h"
#include "sinks/transaction.h"

namespace bauta::sinks {

class Attempt {
 public:
  enum class LedgerBy {
    kCopy,    // Fast; one known key fails it.
    kInsert,  // ON CONFLICT DO NOTHING.
  };
  enum class Wait {
    kPatient,  // For the keys of the ledger, as for any lock.
    kHurried,  // For them hardly at all.
  };
  enum class End {
    kReady,      // All is written and checked: COMMIT is next.
    kKnownKeys,  // A key of the ledger (or the batch line's id) is there already.
    kLocked,     // A transaction that does not end holds keys of the batch.
    kHorizon,    // The horizon passed the batch's oldest key: see horizon_ms().
    kRefused,    // Something about the rows: FindCulprits knows whose fault it is.
    kReused,     // Other events had the keys of some before: see reused().
    kErased,     // Some events were erased before: see erased().
    kErasures,   // There are new erasures: again.
    kChanged,    // The target's columns or the registry are not those of the fingerprint.
  };

  // All must outlive it.  `plan` learns what turns out to be in the ledger already.
  Attempt(pg::Connection& connection, Target& target, BatchPlan& plan, LedgerBy ledger_by,
          Wait wait, const Uuid& line_id)
      : connection_(connection),
        target_(target),
        plan_(plan),
        ledger_by_(ledger_by),
        wait_(wait),
        line_id_(line_id) {}

  // From BEGIN to just before COMMIT.  On anything but kReady the caller rolls back.
  Result<End> Run();
  std::int64_t horizon_ms() const { return horizon_ms_; }
  // Events, sorted.
  const std::vector<std::uint32_t>& reused() const { return reused_; }
  const std::vector<std::uint32_t>& erased() const { return erased_; }

 private:
  using Progress = pg::Connection::Progress;

  Result<End> RunFast();
  Result<End> RunInSteps();
  Result<End> Explain(const Error& error) const;
  Result<End> ExplainKeys(const Error& error) const;
  Result<> EncodeLedger();
  Result<> EncodeRows();
  Result<> Probe();
  Result<> WriteLedger();
  void EncodeKeys(const KeyClaims& claims);
  Result<End> WriteEventKeys();
  Result<> WriteQuarantine();
  Result<End> WriteTail();
  Result<> ReadGeneration(const Progress& begun);
  bool MayBeErased() const;
  Result<> FindErased();
  std::vector<bool> HasRow() const;  // By event.
  Result<> WriteVault();
  Result<End> CheckRows(const Progress& progress) const;
  bool HorizonPassed(std::int64_t horizon_ms);
  std::string BeginSql() const;
  std::string Tail() const;

  pg::Connection& connection_;
  Target& target_;
  BatchPlan& plan_;
  const LedgerBy ledger_by_;
  const Wait wait_;
  const Uuid line_id_;
  std::int64_t horizon_ms_ = 0;
  std::int64_t generation_ = 0;  // Of the vault.
  std::int64_t rows_ = 0;        // In the target's COPY.
  bool has_keys_ = false;        // target_.keys is to be written.
  std::vector<std::uint32_t> reused_, erased_;
};

}  // namespace bauta::sinks
