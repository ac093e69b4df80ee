// How many receives should be in flight: grows while batches come back full, shrinks to one long
// poll when there is nothing.  A value; one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace bauta::sources {

class ReceiveControl {
 public:
  explicit ReceiveControl(int most) : most_(std::max(4, most)), target_(std::min(2, most_)) {}

  int target() const { return failing_ ? 1 : target_; }  // One finds out whether it is over.
  bool failing() const { return failing_; }
  // Empty answers since the last message; a poll that began before that message does not count.
  int empty_in_a_row() const { return empty_; }

  // How many calls at once are of use: a queue that is near keeps up with few, and every connection
  // more costs CPU on both sides; one that is 20 ms away wants 60.
  int useful() const {
    const auto tenths = std::chrono::duration_cast<std::chrono::microseconds>(quickest_) / 100;
    return std::clamp(static_cast<int>(std::min<std::int64_t>(tenths.count(), 10'000) * 3 / 10), 4,
                      most_);
  }

  void Answered(std::size_t messages, bool began_after_last_message,
                std::chrono::nanoseconds took) {
    failing_ = false;
    if (messages >= 10) {
      quickest_ = std::min(quickest_, took);
      Grow();
    }
    if (messages < 3) target_ = std::max(1, target_ - 1);
    if (messages > 0) {
      empty_ = 0;
    } else if (began_after_last_message) {
      ++empty_;
    }
  }
  // What fails together counts once.
  void Failed(bool throttled) {
    failing_ = true;
    target_ = std::max(1, target_ / 2);
    if (throttled) gentle_from_ = target_;
    empty_ = 0;
  }

 private:
  // One more for each full answer, so twice as many in a round trip; but no more than one in a
  // round trip from where the server called it too much.
  void Grow() {
    if (target_ >= gentle_from_ && ++full_ < target_) return;
    full_ = 0;
    target_ = std::min(std::min(most_, useful()), target_ + 1);
  }

  const int most_;
  std::chrono::nanoseconds quickest_ = std::chrono::seconds(1);  // Full answer so far.
  int target_;
  int gentle_from_ = std::numeric_limits<int>::max();
  int full_ = 0;  // Full answers since it last grew gently.
  bool failing_ = false;
  int empty_ = 0;
};

}  // namespace bauta::sources
