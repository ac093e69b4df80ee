// A bad day on request: what a queue does to its clients on purpose, so that they can be tried.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bauta::queue {

// Rates are shares of 1.
struct BadDay {
  std::chrono::milliseconds latency{0};  // Each answer comes this much later,
  std::chrono::milliseconds jitter{0};   // and up to this much more.
  double error_rate = 0;                 // Requests answered 500 and not carried out.
  double throttle_rate = 0;              // The same with RequestThrottled.
  double reset_rate = 0;      // Connections reset, before or after the request was carried out.
  double duplicate_rate = 0;  // Messages that stay visible when received.  Standard queues only,
  bool disorder = false;      // as is receiving in any order.
  std::uint64_t seed = 0;     // The same seed and calls, the same day.

  bool operator==(const BadDay&) const = default;
};

// `day` with what the JSON object names: {"latency":"50ms","error_rate":0.1}.  kRejected: says
// which key is wrong and what it should be.
Result<BadDay> ParseBadDay(std::string_view json, BadDay day);
std::string ToJson(const BadDay& day);

// What befalls one request.
struct Fate {
  enum class Kind { kServed, kError, kThrottled, kResetBefore, kResetAfter };
  Kind kind = Kind::kServed;
  std::chrono::milliseconds delay{0};
};

// Throws the dice.  Every function may be called from any thread.
class Weather {
 public:
  explicit Weather(const BadDay& day = {}) { Set(day); }

  BadDay day() const;
  void Set(const BadDay& day);  // Also throws anew, from its seed.

  Fate ForRequest();
  // True if what follows may say other than "no" and "the first".
  bool MixesMessages() const { return mixes_; }
  bool KeepsVisible();
  std::uint64_t Pick(std::uint64_t below);  // Of so many; 0 if there is order.

 private:
  bool Happens(std::mt19937_64& dice, double rate);

  std::atomic<bool> calm_{true}, mixes_{false};  // Saves the lock on good days.
  mutable std::mutex mutex_;                     // Guards what follows.
  BadDay day_;
  std::mt19937_64 requests_, messages_;
};

}  // namespace bauta::queue
