// What SQS has worked as before, and now does not: for a while that may pass, as a captive portal,
// a certificate that is being replaced or a file of keys that is half-written does.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace bauta::aws {

// A value; one thread at a time.
class Patience {
 public:
  static constexpr std::chrono::minutes kLasts{5};

  // `clock` outlives it.
  explicit Patience(const Clock& clock = SystemClock()) : clock_(clock) {}

  // A call was answered as it should be.
  void Succeeded(std::string_view operation);

  // A call failed in a way that may pass: kRetryable until it has failed so for five minutes, which
  // is told in the log at the first.  As it is if none has ever succeeded, or if no call of this
  // kind was answered for longer.
  Error Judge(std::string_view operation, Error error);

 private:
  struct Spell {
    SteadyTime since, latest;
  };

  const Clock& clock_;
  bool served_ = false;
  std::map<std::string, Spell, std::less<>> failing_;  // By operation.
};

}  // namespace bauta::aws
