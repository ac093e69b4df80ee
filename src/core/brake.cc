#include "core/brake.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace bauta {

Brake::Brake(double stop_above, std::size_t under_way)
    : limit_(static_cast<std::size_t>(stop_above * static_cast<double>(kWindow))),
      ring_(2 * kWindow + under_way) {}

std::optional<Brake::Tripped> Brake::Count(const std::vector<Event>& events, Place& place) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t first = next_;
  place.clear();
  place.reserve(events.size());
  for (const Event& event : events) {
    place.push_back(next_);
    At(next_) = event.refusal ? KindOf(*event.refusal) : 0;
    ++next_;
    // So that the events of a batch that is longer than the ring are seen, too.
    if (next_ % kWindow == 0) Check(next_ - kWindow, next_);
  }
  Check(std::max(first, next_ - next_ % kWindow), next_);
  return tripped_;
}

std::optional<Brake::Tripped> Brake::CountAgain(const Batch& batch, const Place& place) {
  const std::lock_guard lock(mutex_);
  std::uint64_t first = next_, last = 0;
  for (const std::uint32_t i : batch.rejected) {
    const std::uint64_t event = place[i];
    // What was erased is nobody's mistake.
    if (event < Oldest() || batch.events[i].refusal->reason == Reason::kErased) continue;
    At(event) = KindOf(*batch.events[i].refusal);
    first = std::min(first, event);
    last = std::max(last, event);
  }
  Check(first, std::min(next_, last + kWindow));
  return tripped_;
}

// All windows that end with one of these events.
void Brake::Check(std::uint64_t from, std::uint64_t to) {
  std::uint64_t first = std::max(Oldest(), from < kWindow ? 0 : from - kWindow);
  std::size_t refused = 0;
  for (std::uint64_t event = first; event < to && !tripped_; ++event) {
    refused += At(event) == 0 ? 0 : 1;
    if (event - first == kWindow) refused -= At(first++) == 0 ? 0 : 1;
    if (refused > limit_) tripped_ = Diagnose(event + 1);
  }
}

std::uint32_t Brake::KindOf(const Refusal& refusal) {
  const auto parts = [](const Refusal& r) {
    return std::tie(r.reason, r.column, r.sqlstate, r.constraint);
  };
  const auto same = [&](const Refusal& known) { return parts(known) == parts(refusal); };
  auto known = std::find_if(kinds_.begin(), kinds_.end(), same);
  if (known == kinds_.end()) known = kinds_.insert(known, refusal);
  return static_cast<std::uint32_t>(known - kinds_.begin()) + 1;
}

// Of the events before `end`.
Brake::Tripped Brake::Diagnose(std::uint64_t end) {
  std::vector<std::size_t> counts(kinds_.size() + 1);
  const std::uint64_t first = std::max(Oldest(), end < kWindow ? 0 : end - kWindow);
  for (std::uint64_t event = first; event < end; ++event) ++counts[At(event)];
  const std::size_t seen = end - first;
  const std::size_t refused = seen - std::exchange(counts[0], 0);
  const auto most = std::max_element(counts.begin(), counts.end());
  return {refused, seen, kinds_[static_cast<std::size_t>(most - counts.begin()) - 1], *most};
}

std::string Brake::Tripped::Describe() const {
  std::string text = WithCommas(refused) + " of the last " + WithCommas(seen) +
                     " events were refused; most often " + std::string(Code(most.reason)) + " (" +
                     WithCommas(most_count) + " times)";
  if (!most.column.empty()) text += " in column " + std::string(most.column);
  if (!most.constraint.empty()) text += " by " + std::string(most.constraint);
  if (!most.sqlstate.empty()) text += ", SQLSTATE " + std::string(most.sqlstate);
  return text;
}

}  // namespace bauta
