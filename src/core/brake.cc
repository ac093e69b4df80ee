#include "core/brake.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
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
    refused_ -= slot ? 1 : 0;
    slot = event.refusal;
    refused_ += slot ? 1 : 0;
    if (refused_ > limit_) tripped_ = Diagnose();
  }
  return tripped_;
}

Brake::Tripped Brake::Diagnose() const {
  std::map<std::pair<Reason, std::string_view>, std::size_t> counts;
  for (const std::optional<Refusal>& refusal : window_) {
    if (refusal) ++counts[{refusal->reason, refusal->column}];
  }
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  return {refused_, {most->first.first, most->first.second}, most->second};
}

std::string Brake::Tripped::Describe() const {
  std::string text = fmt::format("{} of the last {} events were refused; most often {} ({} times)",
                                 WithCommas(refused), WithCommas(kWindow), Code(most.reason),
                                 WithCommas(most_count));
  if (!most.column.empty()) text += fmt::format(" in column {}", most.column);
  return text;
}

}  // namespace bauta
