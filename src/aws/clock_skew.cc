#include "aws/clock_skew.h"

#include "http/client.h"

namespace bauta::aws {

bool ClockSkew::Correct(const std::string& date, WallTime now) {
  const auto theirs = http::ParseDate(date);
  if (!theirs) return false;
  const auto ahead = std::chrono::floor<std::chrono::seconds>(*theirs - now);
  if (std::chrono::abs(ahead - ahead_) < std::chrono::minutes(4)) return false;
  ahead_ = ahead;
  return true;
}

}  // namespace bauta::aws
