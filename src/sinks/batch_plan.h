#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/uuid.h"
#include "core/batch.h"

namespace bauta::sinks {

// How a delivery stands to the ledger.
enum class Standing : std::uint8_t {
  kNew,      // Its key is to be written, its events get their fates.
  kTwin,     // The same message stands earlier in this batch.
  kPresent,  // Its message had its fates in an earlier transaction.
  kExpired,  // Older than the horizon: quarantined, without a ledger key.
  kAside,    // Left for later: nothing is done with it.
};

// What one attempt is about to do with a batch.  Pure; refers to the batch, which must outlive it.
class BatchPlan {
 public:
  BatchPlan(const Batch& batch, std::int64_t horizon_ms);

  const Batch& batch() const { return batch_; }
  Standing standing(std::size_t delivery) const { return standing_[delivery]; }
  void MarkPresent(std::size_t delivery) { standing_[delivery] = Standing::kPresent; }
  // Of the new deliveries, those whose key `has` does not find: present.  `has` is sorted.
  void KeepOnly(std::span<const LedgerKey> has);
  void MarkPresent(std::span<const LedgerKey> keys);  // Sorted.
  // Leaves these for later, with what follows them in their groups, and the twins of all of them:
  // what was not committed is not redelivered.
  void PutAside(std::span<const std::uint32_t> deliveries);
  std::vector<std::uint32_t> Aside() const;  // Those, and those of batch.aside; sorted.

  // Deliveries that are kNew, by key.
  std::vector<std::uint32_t> NewByKey() const;
  // Those of them that came before: worth a look into the ledger first.
  std::vector<std::uint32_t> Probes() const;
  // Events whose rows are to be written, but for duplicates, in the batch's order.
  std::vector<std::uint32_t> Rows() const;
  // Events that go into the quarantine, by key; those of kExpired deliveries too.
  std::vector<std::uint32_t> Quarantined() const;
  Refusal RefusalOf(const Event& event) const;
  // These have their rows already, or get them under an earlier event of this batch.
  void SetDuplicates(std::span<const std::uint32_t> events);
  bool HasNothingToDo() const;  // All of it is kAside.
  // Not above the oldest key to be written.
  std::int64_t oldest_ms() const;

  bool IsDuplicate(std::size_t event) const { return !duplicate_.empty() && duplicate_[event]; }

  struct Counts {
    std::size_t messages = 0, redelivered = 0, inserted = 0, duplicate = 0, quarantined = 0;
  };
  Counts Count() const;
  Written Outcome() const;

 private:
  const Batch& batch_;
  std::vector<Standing> standing_;
  std::vector<std::uint32_t> by_key_;  // All deliveries.
  std::vector<bool> duplicate_;        // Events; empty if none is.
};

}  // namespace bauta::sinks
