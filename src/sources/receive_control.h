// How many calls should be in flight.  Values; one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace bauta::sources {

// Where a server called it too much: half of what was in flight then, and from there one more in a
// round trip.
class CallCeiling {
 public:
  int calls() const { return calls_; }
  void Throttled(int to) {
    calls_ = std::max(1, to);
    good_ = 0;
  }
  void Succeeded() {
    if (calls_ == kNone || ++good_ < calls_) return;
    good_ = 0;
    ++calls_;
  }

 private:
  static constexpr int kNone = std::numeric_limits<int>::max();
  int calls_ = kNone;
  int good_ = 0;  // Answers since it was last raised.
};

// How many receives: grows while they come back full, shrinks to one long poll when there is
// nothing.
class ReceiveControl {
 public:
  explicit ReceiveControl(int most) : most_(std::max(4, most)), target_(std::min(2, most_)) {}

  int target() const { return failing_ ? 1 : target_; }  // One finds out whether it is over.
  bool failing() const { return failing_; }
  // Empty answers since the last message; a poll that began before that message does not count.
  int empty_in_a_row() const { return empty_; }

  // How many calls at once are of use, for 60,000 messages a second (Little's law): a queue that is
  // near keeps up with few, and every connection more costs CPU on both sides; one that is 20 ms
  // away wants 120.
  int useful() const {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(quickest_).count();
    return std::clamp(static_cast<int>(std::min<std::int64_t>(micros, 1'000'000) * 6 / 1000), 4,
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
    if (throttled) ceiling_.Throttled(target_);
    empty_ = 0;
  }

 private:
  // One more for each full answer, so twice as many in a round trip.
  void Grow() {
    ceiling_.Succeeded();
    target_ = std::min({most_, useful(), ceiling_.calls(), target_ + 1});
  }

  const int most_;
  std::chrono::nanoseconds quickest_ = std::chrono::seconds(1);  // Full answer so far.
  int target_;
  CallCeiling ceiling_;
  bool failing_ = false;
  int empty_ = 0;
};

}  // namespace bauta::sources
