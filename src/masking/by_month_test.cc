#include "masking/by_month.h"

#include <gtest/gtest.h>

namespace bauta::masking {
namespace {

TEST(MonthOf, CountsInUtc) {
  const struct {
    std::int64_t sent_ms;
    const char* name;
  } cases[] = {{-1, "1969-12"},
               {0, "1970-01"},
               {1709208000000, "2024-02"},
               {1769903999999, "2026-01"},
               {1769904000000, "2026-02"},
               {1798761600000, "2027-01"}};
  for (const auto& c : cases) EXPECT_EQ(MonthName(MonthOf(c.sent_ms)), c.name);
}

TEST(ByMonth, SaysWhatTheFirstMonthSaid) {
  const auto broken =
      ByMonth<int>::Of([](std::string_view) -> Result<int> { return ConfigError("no key"); });
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().message, "no key");
}

TEST(ByMonth, GivesNothingForAMonthThatFails) {
  ByMonth<int> by_month = ByMonth<int>::Of([](std::string_view month) -> Result<int> {
                            if (month == "1970-01") return 1;
                            return Fatal("no more");
                          }).value();
  EXPECT_EQ(*by_month.At(0), 1);
  EXPECT_EQ(by_month.At(1769904000000), nullptr);
}

}  // namespace
}  // namespace bauta::masking
