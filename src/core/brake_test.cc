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

Batch Rows(std::size_t count) {
  Batch batch;
  batch.events = Events(count, 0);
  return batch;
}

// The server refuses every `nth` of a batch, from its event `from` on.
void Refuse(Batch& batch, std::size_t nth, std::size_t from = 0) {
  batch.rejected.clear();
  for (std::size_t i = from; i < batch.events.size(); i += nth) {
    batch.events[i].refusal = Refusal{Reason::kConstraint, {}, "23514", "small"};
    batch.rejected.push_back(static_cast<std::uint32_t>(i));
  }
}

TEST(Brake, TripsAboveItsShareOfTheLastThousand) {
  Brake brake(0.5);
  Brake::Place place;
  EXPECT_FALSE(brake.Count(Events(0, 500), place));
  const auto tripped = brake.Count(Events(0, 1), place);
  ASSERT_TRUE(tripped);
  EXPECT_EQ(tripped->Describe(),
            "501 of the last 501 events were refused; most often wrong_type (501 times) in column "
            "locale");
  EXPECT_TRUE(brake.Count(Events(5000, 0), place)) << "it trips for good";
}

TEST(Brake, ForgetsWhatIsOlder) {
  Brake brake(0.5);
  Brake::Place place;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(brake.Count(Events(700, 400), place));
}

TEST(Brake, SeesAFloodAmongOthersOfALargeBatch) {
  Brake brake(0.5, 5000);
  Brake::Place place;
  std::vector<Event> events = Events(0, 501);
  events.resize(20'000);
  EXPECT_TRUE(brake.Count(events, place));
}

TEST(Brake, CountsRowsAgainThatTheServerRefused) {
  Brake brake(0.5);
  Brake::Place place;
  Batch batch;
  batch.events = Events(900, 100);
  EXPECT_FALSE(brake.Count(batch.events, place));
  Refuse(batch, 1, 500);
  batch.rejected.resize(400);
  EXPECT_FALSE(brake.CountAgain(batch, place));
  batch.events[7].refusal = Refusal{Reason::kConstraint, {}, "23514", "small"};
  batch.rejected = {7};
  const auto tripped = brake.CountAgain(batch, place);
  ASSERT_TRUE(tripped);
  EXPECT_EQ(
      tripped->Describe(),
      "501 of the last 1,000 events were refused; most often constraint (401 times) by small, "
      "SQLSTATE 23514");
}

// What the server refuses of batches that several workers wrote at once.
struct Load {
  const char* name;
  std::size_t workers, rows, nth;
  bool trips;
};

class BrakeUnderLoad : public testing::TestWithParam<Load> {};

TEST_P(BrakeUnderLoad, CountsAShareNotANumber) {
  const Load& load = GetParam();
  Brake brake(0.5, load.workers * load.rows);
  bool tripped = false;
  for (int round = 0; round < 3; ++round) {
    std::vector<Batch> batches;
    std::vector<Brake::Place> places(load.workers);
    for (std::size_t i = 0; i < load.workers; ++i) {
      batches.push_back(Rows(load.rows));
      tripped |= brake.Count(batches[i].events, places[i]).has_value();
    }
    EXPECT_EQ(tripped, load.trips && round > 0) << "not before the server has spoken";
    for (std::size_t i = load.workers; i-- > 0;) {  // The last is the first to hear.
      Refuse(batches[i], load.nth);
      tripped |= brake.CountAgain(batches[i], places[i]).has_value();
    }
    EXPECT_EQ(tripped, load.trips);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, BrakeUnderLoad,
                         testing::Values(Load{"one_in_eight_of_5000", 1, 5000, 8, false},
                                         Load{"one_in_three_of_5000", 8, 5000, 3, false},
                                         Load{"half", 4, 1000, 2, false},
                                         Load{"all_of_5000", 8, 5000, 1, true},
                                         Load{"all_of_many_small", 64, 100, 1, true}),
                         [](const auto& load) { return std::string(load.param.name); });

TEST(Brake, CountsNoMoreThanItSaw) {
  Brake brake(0.01);
  Brake::Place place;
  Batch batch = Rows(10);
  EXPECT_FALSE(brake.Count(batch.events, place));
  Refuse(batch, 1);
  EXPECT_FALSE(brake.CountAgain(batch, place));
  EXPECT_FALSE(brake.CountAgain(batch, place)) << "nor twice";
}

// Under block_groups a batch shrinks with each refusal, and its events keep their places.
TEST(Brake, CountsOneByOneWhatIsFoundInAShrinkingBatch) {
  Brake brake(0.4);
  Brake::Place place;
  EXPECT_FALSE(brake.Count(Rows(1200).events, place));
  Batch rest = Rows(1);
  Refuse(rest, 1);
  std::uint32_t found = 0;
  while (found < 1200 && !brake.CountAgain(rest, {place[found]})) found += 2;
  EXPECT_EQ(found, 800u);  // The 401st.
}

TEST(Brake, NeverTripsAtAllOfThem) {
  Brake brake(1);
  Brake::Place place;
  EXPECT_FALSE(brake.Count(Events(0, 3000), place));
}

}  // namespace
}  // namespace bauta
