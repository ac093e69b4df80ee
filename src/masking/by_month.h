#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace bauta::masking {

// In UTC, counted from January 1970.
int MonthOf(std::int64_t epoch_ms);
// "2026-01"
std::string MonthName(int month);

// What is made of the keys of a domain, which may change with the month.
// One thread at a time.
template <class T>
class ByMonth {
 public:
  using Make = std::function<Result<T>(std::string_view month)>;

  // The same in every month.
  explicit ByMonth(T only) { made_.emplace(0, std::move(only)); }
  // Once `make` has given a month's, it always can.  kConfig, kFatal: what it said of the first.
  static Result<ByMonth> Of(Make make) {
    ByMonth by_month(TRY(make(MonthName(0))));
    by_month.make_ = std::move(make);
    return by_month;
  }

  // That of the month in which the message was sent.  Null only if `make` breaks its word.
  T* At(std::int64_t sent_ms) {
    const int month = make_ ? MonthOf(sent_ms) : 0;
    if (const auto known = made_.find(month); known != made_.end()) return &known->second;
    if (made_.size() >= kMostMonths) made_.clear();
    Result<T> made = make_(MonthName(month));
    if (!made.ok()) return nullptr;
    return &made_.emplace(month, std::move(made).value()).first->second;
  }

 private:
  // Late messages come from a few months; all others wait for their turn.
  static constexpr std::size_t kMostMonths = 24;

  Make make_;              // Null: the same in every month.
  std::map<int, T> made_;  // Without months, the only one under 0.
};

}  // namespace bauta::masking
