// Time as the code asks for it, so that tests can hold it still.
#pragma once

#include <chrono>
#include <cstdint>

namespace bauta {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

// Safe for use by several threads.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;          // UTC; may jump.
  virtual SteadyTime SteadyNow() const = 0;  // Never goes back; for durations.
};

// The machine's own clocks; lives as long as the process.
const Clock& SystemClock();

// Milliseconds since 1970 in UTC, the unit of SQS's SentTimestamp.
inline std::int64_t ToEpochMillis(WallTime t) { return t.time_since_epoch().count(); }

}  // namespace bauta
