#include "mapping/read_time.h"

#include <gtest/gtest.h>

#include <limits>

namespace bauta::mapping {
namespace {

TEST(ParseDate, RefusesWhatIsNoDay) {
  for (const char* text :
       {"", "2023", "2023-13-01", "2023-00-10", "2023-02-29", "1900-02-29", "2023-04-31",
        "2023-1-1", "23-01-01", "0000-01-01", "2023/01/01", "2023-01-01T00:00:00Z", "2023-01-01 ",
        " 2023-01-01", "20230101", "-2023-01-01", "12023-01-01", "2023-01-0x"}) {
    EXPECT_FALSE(ParseDate(text)) << text;
  }
}

TEST(ParseDate, CountsFrom2000) {
  EXPECT_EQ(ParseDate("2000-01-01"), 0);
  EXPECT_EQ(ParseDate("1999-12-31"), -1);
  EXPECT_EQ(ParseDate("2024-02-29"), 8825);
  EXPECT_EQ(ParseDate("0001-01-01"), -730119);
  EXPECT_EQ(ParseDate("9999-12-31"), 2921939);
}

TEST(ParseTimestamp, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2000-01-01T", "2000-01-01T24:00:00", "2000-01-01T00:60", "2000-01-01T00:00:61",
        "2000-01-01T00", "2000-01-01T00:00:00.", "2000-01-01T00:00:00+", "2000-01-01T00:00:00+24",
        "2000-01-01T00:00:00+01:60", "2000-01-01T00:00:00 Z", "2000-01-01T00:00:00Zx",
        "2000-01-01  00:00:00", "2000-01-01T0:00:00", "2000-01-01T00:00:00+1", "now", "2000-01-01Z",
        "2000-01-01T00:00:00+01:"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
}

TEST(ParseTimestamp, CountsMicrosecondsInUtc) {
  const struct {
    const char* text;
    std::int64_t want;
  } kCases[] = {
      {"2000-01-01", 0},
      {"2000-01-01T00:00:01Z", 1'000'000},
      {"2000-01-01 00:01", 60'000'000},
      {"2000-01-01t00:00:00.5z", 500'000},
      {"2000-01-01T00:00:00.123456789Z", 123'456},
      {"1999-12-31T23:59:59.999999Z", -1},
      {"2000-01-01T01:00:00+01:00", 0},
      {"1999-12-31T18:30:00-0530", 0},
      {"2000-01-01T05:00:00+05", 0},
      {"1999-12-31T23:59:60Z", 0},
      {"2023-11-14T22:13:20", 753'315'200'000'000},
  };
  for (const auto& c : kCases) EXPECT_EQ(ParseTimestamp(c.text), c.want) << c.text;
}

TEST(TimestampOfEpoch, KeepsToThePostgresRange) {
  EXPECT_EQ(TimestampOfEpoch(*ParseNumber("946684800"), 6), 0);
  EXPECT_EQ(TimestampOfEpoch(*ParseNumber("946684800.0000019"), 6), 1);
  EXPECT_EQ(TimestampOfEpoch(*ParseNumber("946684799999"), 3), -1000);
  EXPECT_EQ(TimestampOfEpoch(*ParseNumber("9223372036854.775807"), 6), 9'222'425'352'054'775'807);
  EXPECT_EQ(TimestampOfEpoch(*ParseNumber("1e15"), 6), std::nullopt);
  EXPECT_EQ(TimestampOfEpoch(*ParseNumber("-9e12"), 6), std::nullopt);
  EXPECT_EQ(TimestampOfMillis(946'684'800'001), 1000);
  EXPECT_EQ(TimestampOfMillis(std::numeric_limits<std::int64_t>::max()), std::nullopt);
  EXPECT_EQ(TimestampOfMillis(std::numeric_limits<std::int64_t>::min()), std::nullopt);
}

TEST(DateOfTimestamp, IsTheDayItFallsOn) {
  EXPECT_EQ(DateOfTimestamp(0), 0);
  EXPECT_EQ(DateOfTimestamp(-1), -1);
  EXPECT_EQ(DateOfTimestamp(86'399'999'999), 0);
  EXPECT_EQ(DateOfTimestamp(86'400'000'000), 1);
  EXPECT_EQ(DateOfTimestamp(-86'400'000'000), -1);
  EXPECT_EQ(DateOfTimestamp(-86'400'000'001), -2);
}

}  // namespace
}  // namespace bauta::mapping
