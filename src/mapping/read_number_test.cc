#include "mapping/read_number.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace bauta::mapping {
namespace {

constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHigh = std::numeric_limits<std::int64_t>::max();

template <class T>
std::string Show(const std::variant<T, Reason>& result) {
  if (const auto* reason = std::get_if<Reason>(&result)) return std::string(Code(*reason));
  return fmt::format("{}", std::get<T>(result));
}

TEST(ToInteger, IsExactOrRefuses) {
  const struct {
    const char* text;
    const char* want;
  } kCases[] = {
      {"1.5", "wrong_type"},
      {"1e-1", "wrong_type"},
      {"1e-400", "wrong_type"},
      {"9223372036854775808", "out_of_range"},
      {"-9223372036854775809", "out_of_range"},
      {"99999999999999999999", "out_of_range"},
      {"1e19", "out_of_range"},
      {"1e400", "out_of_range"},
      {"1e99999999999999999999", "out_of_range"},
      {"0", "0"},
      {"-0", "0"},
      {"0e400", "0"},
      {"1.0", "1"},
      {"1e3", "1000"},
      {"10e-1", "1"},
      {"-1.50e1", "-15"},
      {"0.05e2", "5"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775807.000", "9223372036854775807"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Show(ToInteger(*ParseNumber(c.text), kLow, kHigh)), c.want) << c.text;
  }
}

TEST(ToInteger, KeepsToTheRangeOfTheColumn) {
  EXPECT_EQ(Show(ToInteger(*ParseNumber("32768"), -32768, 32767)), "out_of_range");
  EXPECT_EQ(Show(ToInteger(*ParseNumber("-32769"), -32768, 32767)), "out_of_range");
  EXPECT_EQ(Show(ToInteger(*ParseNumber("-32768"), -32768, 32767)), "-32768");
}

TEST(ScaledInteger, CutsTheFraction) {
  EXPECT_EQ(ScaledInteger(*ParseNumber("1.2345678"), 6), 1'234'567);
  EXPECT_EQ(ScaledInteger(*ParseNumber("0.0000001"), 6), 0);
  EXPECT_EQ(ScaledInteger(*ParseNumber("-3"), 3), -3000);
  EXPECT_EQ(ScaledInteger(*ParseNumber("1e18"), 6), std::nullopt);
}

std::string Decimal(const char* text, int precision, int scale) {
  Arena arena;
  Column column;
  column.type = ColumnType::kNumeric;
  column.precision = precision;
  column.scale = scale;
  return Show(ToDecimal(*ParseNumber(text), column, arena));
}

TEST(ToDecimal, LosesNoDigit) {
  EXPECT_EQ(Decimal("1.005", 5, 2), "out_of_range");
  EXPECT_EQ(Decimal("1000", 5, 2), "out_of_range");
  EXPECT_EQ(Decimal("999.99", 5, 2), "999.99");
  EXPECT_EQ(Decimal("1.5000", 5, 2), "1.50");
  EXPECT_EQ(Decimal("-0.5", 5, 2), "-0.50");
  EXPECT_EQ(Decimal("-0.00", 5, 2), "0.00");
  EXPECT_EQ(Decimal("12e1", 5, 0), "120");
  EXPECT_EQ(Decimal("1e-2", 5, 2), "0.01");
  EXPECT_EQ(Decimal("0.0012", 3, 4), "0.0012");
  EXPECT_EQ(Decimal("0.12", 3, 4), "out_of_range");
  EXPECT_EQ(Decimal("12300", 3, -2), "12300");
  EXPECT_EQ(Decimal("12340", 3, -2), "out_of_range");
}

TEST(ToDecimal, KeepsWhatIsWrittenWithoutAPrecision) {
  EXPECT_EQ(Decimal("123456789012345678901234567890.10", 0, 0),
            "123456789012345678901234567890.10");
  EXPECT_EQ(Decimal("1.10", 0, 0), "1.10");
  EXPECT_EQ(Decimal("1.5e3", 0, 0), "1500");
  EXPECT_EQ(Decimal("-12e-3", 0, 0), "-0.012");
  EXPECT_EQ(Decimal("0.000", 0, 0), "0.000");
  EXPECT_EQ(Decimal("1e1001", 0, 0), "out_of_range");
  EXPECT_EQ(Decimal("1e-1001", 0, 0), "out_of_range");
  EXPECT_EQ(Decimal((std::string(131'073, '9')).c_str(), 0, 0), "out_of_range");
}

TEST(ToFloat, RefusesWhatTurnsInfiniteOrZero) {
  EXPECT_EQ(Show(ToFloat("1e400", false)), "out_of_range");
  EXPECT_EQ(Show(ToFloat("-1e400", false)), "out_of_range");
  EXPECT_EQ(Show(ToFloat("1e-400", false)), "out_of_range");
  EXPECT_EQ(Show(ToFloat("1e39", true)), "out_of_range");
  EXPECT_EQ(Show(ToFloat("1e-50", true)), "out_of_range");
  EXPECT_EQ(Show(ToFloat("1e39", false)), "1e+39");
  EXPECT_EQ(Show(ToFloat("0e-400", false)), "0");
  EXPECT_EQ(Show(ToFloat("-1.5e0", true)), "-1.5");
  EXPECT_EQ(Show(ToFloat("0.1", false)), "0.1");
}

}  // namespace
}  // namespace bauta::mapping
