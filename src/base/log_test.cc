#include "base/log.h"

#include <gtest/gtest.h>

namespace bauta::log {
namespace {

class HeldClock : public Clock {
 public:
  WallTime Now() const override { return WallTime{}; }
  SteadyTime SteadyNow() const override { return now; }
  SteadyTime now{};
};

TEST(LogTest, RateLimitPassesOneAndCountsTheRest) {
  HeldClock clock;
  RateLimit limit(std::chrono::seconds(10), clock);
  EXPECT_EQ(limit.Pass(), 0u);
  EXPECT_FALSE(limit.Pass());
  EXPECT_FALSE(limit.Pass());
  clock.now += std::chrono::seconds(10);
  EXPECT_EQ(limit.Pass(), 2u);
  EXPECT_FALSE(limit.Pass());
}

TEST(LogTest, RateLimitLetsNewsThrough) {
  HeldClock clock;
  RateLimit limit(std::chrono::seconds(10), clock);
  EXPECT_EQ(limit.Pass("lost"), 0u);
  EXPECT_FALSE(limit.Pass("lost"));
  EXPECT_EQ(limit.Pass("starting up"), 0u);
  EXPECT_FALSE(limit.Pass("starting up"));
  clock.now += std::chrono::seconds(10);
  EXPECT_EQ(limit.Pass("lost"), 1u);
  for (int i = 0; i < 100; ++i) (void)limit.Pass(std::to_string(i));
  EXPECT_FALSE(limit.Pass("one more")) << "however much there is to tell";
  clock.now += std::chrono::seconds(10);
  EXPECT_EQ(limit.Pass("one more"), 0u);
}

TEST(LogTest, TextLinesQuoteWhatHasSpaces) {
  Configure(Level::kInfo, Format::kText);
  testing::internal::CaptureStderr();
  Info("worker 1", "committed", {{"rows", 5000}, {"place", "a b"}});
  Debug("worker 1", "not shown");
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("INFO  worker 1 committed rows=5000 place=\"a b\"\n"), std::string::npos);
  EXPECT_EQ(line.find("not shown"), std::string::npos);
}

TEST(LogTest, JsonLinesHaveNumbersAsNumbers) {
  Configure(Level::kInfo, Format::kJson);
  testing::internal::CaptureStderr();
  Warn("sink", "wait\"ing", {{"held", 3}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find(R"("level":"warn","target":"sink","msg":"wait\"ing","held":3})"),
            std::string::npos);
}

}  // namespace
}  // namespace bauta::log
