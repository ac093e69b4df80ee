#include "cli/hash_rates.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace bauta::cli {
namespace {

TEST(HashRatesTest, MeasuresBothInWellUnderASecond) {
  const SteadyTime start = SystemClock().SteadyNow();
  const HashRates rates = MeasureHashRates(std::chrono::milliseconds(10));
  EXPECT_LT(SystemClock().SteadyNow() - start, std::chrono::milliseconds(900));
  for (const double rate : {rates.sha256, rates.token}) {
    EXPECT_GT(rate, 1e4);
    EXPECT_LT(rate, kGpuRate);
  }
}

}  // namespace
}  // namespace bauta::cli
