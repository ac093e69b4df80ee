#include "sinks/batch_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace bauta::sinks {

BatchPlan::BatchPlan(const Batch& batch, std::int64_t horizon_ms)
    : batch_(batch), standing_(batch.deliveries.size(), Standing::kNew) {
  const std::vector<Delivery>& deliveries = batch.deliveries;
  by_key_.resize(deliveries.size());
  std::iota(by_key_.begin(), by_key_.end(), 0u);
  std::sort(by_key_.begin(), by_key_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto order = deliveries[a].key <=> deliveries[b].key;
    return order == 0 ? a < b : order < 0;
  });
  for (std::size_t i = 0; i < by_key_.size(); ++i) {
    const std::uint32_t at = by_key_[i];
    if (i > 0 && deliveries[by_key_[i - 1]].key == deliveries[at].key) {
      standing_[at] = Standing::kTwin;
    } else if (deliveries[at].key.sent_ms < horizon_ms) {
      standing_[at] = Standing::kExpired;
    }
  }
  PutAside(batch.aside);
}

void BatchPlan::PutAside(std::span<const std::uint32_t> deliveries) {
  if (deliveries.empty()) return;
  std::vector<bool> aside(standing_.size());
  for (const std::uint32_t i : deliveries) aside[i] = true;
  MarkFollowers(batch_.deliveries, aside);
  for (const std::uint32_t i : deliveries) standing_[i] = Standing::kAside;
  // What has its fate overtakes nothing.
  for (std::size_t i = 0; i < aside.size(); ++i) {
    if (aside[i] && standing_[i] == Standing::kNew) standing_[i] = Standing::kAside;
  }
  for (std::size_t i = 1; i < by_key_.size(); ++i) {
    const std::uint32_t before = by_key_[i - 1], at = by_key_[i];
    const bool twins = batch_.deliveries[before].key == batch_.deliveries[at].key;
    if (twins && standing_[before] == Standing::kAside) standing_[at] = Standing::kAside;
  }
}

std::vector<std::uint32_t> BatchPlan::Aside() const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < standing_.size(); ++i) {
    if (standing_[i] == Standing::kAside) found.push_back(i);
  }
  return found;
}

void BatchPlan::KeepOnly(std::span<const LedgerKey> has) {
  for (std::size_t i = 0; i < standing_.size(); ++i) {
    if (standing_[i] != Standing::kNew) continue;
    if (!std::binary_search(has.begin(), has.end(), batch_.deliveries[i].key)) MarkPresent(i);
  }
}

void BatchPlan::MarkPresent(std::span<const LedgerKey> keys) {
  for (std::size_t i = 0; i < standing_.size(); ++i) {
    if (standing_[i] != Standing::kNew) continue;
    if (std::binary_search(keys.begin(), keys.end(), batch_.deliveries[i].key)) MarkPresent(i);
  }
}

std::vector<std::uint32_t> BatchPlan::NewByKey() const {
  std::vector<std::uint32_t> found;
  found.reserve(by_key_.size());
  std::copy_if(by_key_.begin(), by_key_.end(), std::back_inserter(found),
               [this](std::uint32_t i) { return standing_[i] == Standing::kNew; });
  return found;
}

std::vector<std::uint32_t> BatchPlan::Probes() const {
  std::vector<std::uint32_t> found = NewByKey();
  std::erase_if(found, [this](std::uint32_t i) { return batch_.deliveries[i].receive_count <= 1; });
  return found;
}

std::vector<std::uint32_t> BatchPlan::Rows() const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < batch_.events.size(); ++i) {
    const Event& event = batch_.events[i];
    if (!event.row || standing_[event.delivery] != Standing::kNew) continue;
    if (!IsDuplicate(i)) found.push_back(i);
  }
  return found;
}

void BatchPlan::SetDuplicates(std::span<const std::uint32_t> events) {
  duplicate_.assign(events.empty() ? 0 : batch_.events.size(), false);
  for (const std::uint32_t i : events) duplicate_[i] = true;
}

std::vector<std::uint32_t> BatchPlan::Quarantined() const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < batch_.events.size(); ++i) {
    const Event& event = batch_.events[i];
    const Standing standing = standing_[event.delivery];
    const bool refused = standing == Standing::kNew && event.refusal.has_value();
    if (refused || standing == Standing::kExpired) found.push_back(i);
  }
  std::stable_sort(found.begin(), found.end(), [this](std::uint32_t a, std::uint32_t b) {
    return batch_.deliveries[batch_.events[a].delivery].key <
           batch_.deliveries[batch_.events[b].delivery].key;
  });
  return found;
}

Refusal BatchPlan::RefusalOf(const Event& event) const {
  if (standing_[event.delivery] == Standing::kExpired) return {Reason::kIdentityExpired, {}};
  return *event.refusal;
}

std::int64_t BatchPlan::oldest_ms() const {
  for (const std::uint32_t i : by_key_) {
    if (standing_[i] == Standing::kNew) return batch_.deliveries[i].key.sent_ms;
  }
  return std::numeric_limits<std::int64_t>::max();
}

bool BatchPlan::HasNothingToDo() const {
  return std::all_of(standing_.begin(), standing_.end(),
                     [](Standing standing) { return standing == Standing::kAside; });
}

BatchPlan::Counts BatchPlan::Count() const {
  Counts counts;
  for (const Standing standing : standing_) {
    if (standing == Standing::kNew) ++counts.messages;
    if (standing == Standing::kTwin || standing == Standing::kPresent) ++counts.redelivered;
  }
  for (std::size_t i = 0; i < batch_.events.size(); ++i) {
    const Standing standing = standing_[batch_.events[i].delivery];
    if (standing == Standing::kExpired) ++counts.quarantined;
    if (standing != Standing::kNew) continue;
    if (IsDuplicate(i)) {
      ++counts.duplicate;
    } else {
      ++(batch_.events[i].refusal ? counts.quarantined : counts.inserted);
    }
  }
  return counts;
}

Written BatchPlan::Outcome() const {
  Written written;
  written.redelivered = Count().redelivered;
  written.fates.reserve(batch_.events.size());
  for (std::size_t i = 0; i < batch_.events.size(); ++i) {
    const Event& event = batch_.events[i];
    const Standing standing = standing_[event.delivery];
    if (standing == Standing::kAside) {
      written.fates.push_back(Fate::kNone);
    } else if (standing == Standing::kTwin || standing == Standing::kPresent) {
      written.fates.push_back(Fate::kRedelivered);
    } else if (standing == Standing::kExpired || event.refusal) {
      written.fates.push_back(Fate::kQuarantined);
      written.refusals.push_back(RefusalOf(event));
    } else {
      written.fates.push_back(IsDuplicate(i) ? Fate::kDuplicate : Fate::kInserted);
    }
  }
  return written;
}

}  // namespace bauta::sinks
