// How many receives should be in flight: grows while batches come back full, shrinks to one long
// poll when there is nothing.  A value; one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>

namespace bauta::sources {

class ReceiveControl {
 public:
  explicit ReceiveControl(int most) : most_(std::max(1, most)), target_(std::min(2, most_)) {}

  int target() const { return failures_ > 0 ? 1 : target_; }
  int failures() const { return failures_; }
  // Empty answers since the last message; a poll that began before that message does not count.
  int empty_in_a_row() const { return empty_; }

  void Answered(std::size_t messages, bool began_after_last_message) {
    failures_ = 0;
    if (messages >= 10) target_ = std::min(most_, target_ + 1);
    if (messages < 3) target_ = std::max(1, target_ - 1);
    if (messages > 0) {
      empty_ = 0;
    } else if (began_after_last_message) {
      ++empty_;
    }
  }
  void Failed() {
    ++failures_;
    empty_ = 0;
  }

 private:
  const int most_;
  int target_;
  int failures_ = 0;
  int empty_ = 0;
};

}  // namespace bauta::sources
