// Remembers values for five minutes, as SQS does what a FIFO queue was sent.
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/clock.h"

namespace bauta::queue {

inline constexpr std::chrono::minutes kRecent(5);

template <class T>
class Recent {
 public:
  // Null: nothing, or too long ago.
  const T* Find(const std::string& key, SteadyTime now) {
    for (; !ends_.empty() && ends_.front().first <= now; ends_.pop_front()) {
      values_.erase(ends_.front().second);
    }
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  // `key` is one that Find does not find.
  void Remember(const std::string& key, SteadyTime now, T value) {
    values_.emplace(key, std::move(value));
    ends_.emplace_back(now + kRecent, key);
  }
  void Clear() {
    values_.clear();
    ends_.clear();
  }

 private:
  std::unordered_map<std::string, T> values_;
  std::deque<std::pair<SteadyTime, std::string>> ends_;  // In the order of time.
};

}  // namespace bauta::queue
