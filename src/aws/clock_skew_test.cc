#include "aws/clock_skew.h"

#include <gtest/gtest.h>

namespace bauta::aws {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

TEST(ClockSkew, IsCorrectedWhenItIsMinutes) {
  const WallTime noon(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) +
                      std::chrono::hours(12));
  const struct {
    const char* date;
    bool corrected;
    seconds ahead;  // From then on.
  } kCases[] = {
      {"Sun, 22 Nov 2026 12:03:59 GMT", false, seconds(0)},
      {"Sun, 22 Nov 2026 12:04:00 GMT", true, minutes(4)},
      {"Sun, 22 Nov 2026 12:04:10 GMT", false, minutes(4)},
      {"yesterday, or so", false, minutes(4)},
      {"", false, minutes(4)},
      {"Sun, 22 Nov 2026 11:00:00 GMT", true, -minutes(60)},
      {"Sun, 22 Nov 2026 12:00:00 GMT", true, seconds(0)},
  };
  ClockSkew skew;
  for (const auto& c : kCases) {
    EXPECT_EQ(skew.Correct(c.date, noon), c.corrected) << c.date;
    EXPECT_EQ(skew.ahead(), c.ahead) << c.date;
  }
}

}  // namespace
}  // namespace bauta::aws
