#include "core/brake.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace bauta {

Brake::Brake(double stop_above)
    : limit_(static_cast<std::size_t>(stop_above * static_cast<double>(kWindow))),
      window_(kWindow) {}

std::optional<Brake::Tripped> Brake::Count(const std::vector<Event>& events) {
  const std::lock_guard lock(mutex_);
  for (const Event& event : events) {
    if (tripped_) break;
    std::optional<Refusal>& slot = window_[next_];
    next_ = (next_ + 1) % kWindow;
    seen_ = std::min(seen_ + 1, kWindow);
    refused_ -= slot ? 1 : 0;
    slot = event.refusal;
    refused_ += slot ? 1 : 0;
    if (refused_ > limit_) tripped_ = Diagnose();
  }
  return tripped_;
}

// Which slots were theirs is not known: the latest that hold a row will do.
std::optional<Brake::Tripped> Brake::CountAgain(const std::vector<Refusal>& refusals) {
  const std::lock_guard lock(mutex_);
  std::size_t at = next_;
  std::size_t left = seen_;
  for (const Refusal& refusal : refusals) {
    do {
      if (left-- == 0) return tripped_;
      at = (at + kWindow - 1) % kWindow;
    } while (window_[at]);
    window_[at] = refusal;
    ++refused_;
    if (!tripped_ && refused_ > limit_) tripped_ = Diagnose();
  }
  return tripped_;
}

Brake::Tripped Brake::Diagnose() const {
  using Kind = std::tuple<Reason, std::string_view, std::string_view, std::string_view>;
  std::map<Kind, std::pair<std::size_t, const Refusal*>> counts;
  for (const std::optional<Refusal>& r : window_) {
    if (!r) continue;
    auto& [count, example] = counts[{r->reason, r->column, r->sqlstate, r->constraint}];
    ++count;
    example = &*r;
  }
  const auto most = std::max_element(counts.begin(), counts.end(), [](auto& a, auto& b) {
    return a.second.first < b.second.first;
  });
  return {refused_, seen_, *most->second.second, most->second.first};
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
