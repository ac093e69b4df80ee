// How far a server's clock is ahead of ours; what is signed must be dated by theirs.
#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"

namespace bauta::aws {

// A value; one thread at a time.
class ClockSkew {
 public:
  std::chrono::seconds ahead() const { return ahead_; }

  // The header Date of an answer that came `now`.  True if it is minutes away from what was signed
  // with, and is what is signed with from now on.
  bool Correct(const std::string& date, WallTime now);

 private:
  std::chrono::seconds ahead_{0};
};

}  // namespace bauta::aws
