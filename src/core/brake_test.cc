#include "core/brake.h"

#include <gtest/gtest.h>

namespace bauta {
namespace {

std::vector<Event> Events(std::size_t good, std::size_t bad) {
  std::vector<Event> events(good + bad);
  for (std::size_t i = good; i < events.size(); ++i) {
    events[i].refusal = Refusal{Reason::kWrongType, "locale"};
  }
  return events;
}

TEST(Brake, TripsAboveItsShareOfTheLastThousand) {
  Brake brake(0.5);
  EXPECT_FALSE(brake.Count(Events(0, 500)));
  const auto tripped = brake.Count(Events(0, 1));
  ASSERT_TRUE(tripped);
  EXPECT_EQ(tripped->Describe(),
            "501 of the last 501 events were refused; most often wrong_type (501 times) in column "
            "locale");
  EXPECT_TRUE(brake.Count(Events(5000, 0))) << "it trips for good";
}

TEST(Brake, ForgetsWhatIsOlder) {
  Brake brake(0.5);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(brake.Count(Events(700, 400)));
}

TEST(Brake, CountsRowsAgainThatTheServerRefused) {
  Brake brake(0.5);
  EXPECT_FALSE(brake.Count(Events(900, 100)));
  const Refusal refusal{Reason::kConstraint, {}, "23514", "small"};
  EXPECT_FALSE(brake.CountAgain(std::vector<Refusal>(400, refusal)));
  const auto tripped = brake.CountAgain({refusal});
  ASSERT_TRUE(tripped);
  EXPECT_EQ(
      tripped->Describe(),
      "501 of the last 1,000 events were refused; most often constraint (401 times) by small, "
      "SQLSTATE 23514");
}

TEST(Brake, CountsNoMoreThanItSaw) {
  Brake brake(0.01);
  EXPECT_FALSE(brake.Count(Events(5, 0)));
  EXPECT_FALSE(brake.CountAgain(std::vector<Refusal>(100, {Reason::kConstraint, {}})));
}

TEST(Brake, NeverTripsAtAllOfThem) {
  Brake brake(1);
  EXPECT_FALSE(brake.Count(Events(0, 3000)));
}

}  // namespace
}  // namespace bauta
