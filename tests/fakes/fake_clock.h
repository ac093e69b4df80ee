// A clock that stands still until a test moves it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace bauta::fakes {

// Any thread.
class FakeClock : public Clock {
 public:
  explicit FakeClock(WallTime start = WallTime(std::chrono::milliseconds(1'700'000'000'000)))
      : start_(start) {}

  WallTime Now() const override { return start_ + Passed(); }
  SteadyTime SteadyNow() const override { return SteadyTime(std::chrono::hours(1)) + Passed(); }
  void Advance(std::chrono::milliseconds by) { passed_ms_ += by.count(); }

 private:
  std::chrono::milliseconds Passed() const { return std::chrono::milliseconds(passed_ms_.load()); }

  const WallTime start_;
  std::atomic<std::int64_t> passed_ms_{0};
};

}  // namespace bauta::fakes
