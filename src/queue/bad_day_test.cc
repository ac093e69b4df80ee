#include "queue/bad_day.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace bauta::queue {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(BadDay, ChangesWhatIsNamedAndKeepsTheRest) {
  const BadDay before{.latency = milliseconds(5), .error_rate = 0.5, .seed = 7};
  const Result<BadDay> day = ParseBadDay(
      R"({"jitter":"2s","reset_rate":1,"duplicate_rate":0.25,"disorder":true})", before);
  ASSERT_TRUE(day.ok());
  EXPECT_EQ(*day, (BadDay{.latency = milliseconds(5),
                          .jitter = milliseconds(2000),
                          .error_rate = 0.5,
                          .reset_rate = 1,
                          .duplicate_rate = 0.25,
                          .disorder = true,
                          .seed = 7}));
  EXPECT_EQ(*ParseBadDay(ToJson(*day), BadDay{}), *day) << "reads what it writes";
}

TEST(BadDay, SaysWhichKeyIsWrong) {
  const struct {
    std::string json, message, help;
  } cases[] = {
      {"", "not a JSON object", "latency"},
      {"[]", "not a JSON object", "latency"},
      {R"({"latency":50})", "\"latency\"", "50ms"},
      {R"({"jitter":"soon"})", "\"jitter\"", "50ms"},
      {R"({"error_rate":1.01})", "\"error_rate\"", "0 to 1"},
      {R"({"throttle_rate":-0.1})", "\"throttle_rate\"", "0 to 1"},
      {R"({"reset_rate":"1"})", "\"reset_rate\"", "0 to 1"},
      {R"({"duplicate_rate":null})", "\"duplicate_rate\"", "0 to 1"},
      {R"({"disorder":1})", "\"disorder\"", "true or false"},
      {R"({"seed":-1})", "\"seed\"", "whole number"},
      {R"({"eror_rate":1})", "unknown key \"eror_rate\"", "error_rate"},
  };
  for (const auto& c : cases) {
    const Result<BadDay> day = ParseBadDay(c.json, BadDay{});
    ASSERT_FALSE(day.ok()) << c.json;
    EXPECT_THAT(day.error().message, HasSubstr(c.message)) << c.json;
    EXPECT_THAT(day.error().hint, HasSubstr(c.help)) << c.json;
  }
}

TEST(Weather, AGoodDayServesAll) {
  Weather weather;
  for (int i = 0; i < 100; ++i) {
    const Fate fate = weather.ForRequest();
    EXPECT_EQ(fate.kind, Fate::Kind::kServed);
    EXPECT_EQ(fate.delay, milliseconds(0));
    EXPECT_FALSE(weather.KeepsVisible());
    EXPECT_EQ(weather.Pick(100), 0u);
  }
}

TEST(Weather, StrikesAtTheRatesAskedFor) {
  Weather weather({.latency = milliseconds(10),
                   .jitter = milliseconds(5),
                   .error_rate = 0.2,
                   .throttle_rate = 0.5,
                   .reset_rate = 0.1,
                   .duplicate_rate = 0.25,
                   .seed = 1});
  std::map<Fate::Kind, int> kinds;
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Fate fate = weather.ForRequest();
    ++kinds[fate.kind];
    EXPECT_GE(fate.delay, milliseconds(10));
    EXPECT_LE(fate.delay, milliseconds(15));
    kept += weather.KeepsVisible() ? 1 : 0;
  }
  EXPECT_NEAR(kinds[Fate::Kind::kResetBefore], 500, 100);
  EXPECT_NEAR(kinds[Fate::Kind::kResetAfter], 500, 100);
  EXPECT_NEAR(kinds[Fate::Kind::kError], 1800, 200);      // Of the other 9,000.
  EXPECT_NEAR(kinds[Fate::Kind::kThrottled], 3600, 300);  // Of the other 7,200.
  EXPECT_NEAR(kept, 2500, 250);
}

TEST(Weather, TheSameSeedIsTheSameDay) {
  const BadDay day{.jitter = milliseconds(1000), .error_rate = 0.5, .disorder = true, .seed = 42};
  Weather one(day);
  Weather other(day);
  std::vector<milliseconds> first;
  for (int i = 0; i < 100; ++i) {
    const Fate fate = one.ForRequest();
    first.push_back(fate.delay);
    const Fate same = other.ForRequest();
    EXPECT_EQ(fate.kind, same.kind);
    EXPECT_EQ(fate.delay, same.delay);
    EXPECT_EQ(one.Pick(1000), other.Pick(1000));
  }
  one.Set(day);
  EXPECT_EQ(one.ForRequest().delay, first[0]) << "set anew, it begins again";
  one.Set({.jitter = milliseconds(1000), .seed = 43});
  std::vector<milliseconds> second(100);
  for (milliseconds& delay : second) delay = one.ForRequest().delay;
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace bauta::queue
