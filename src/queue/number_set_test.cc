#include "queue/number_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace bauta::queue {
namespace {

TEST(NumberSetTest, FindsTheEndsOfWordsAndTheGapsBetween) {
  NumberSet set;
  EXPECT_TRUE(set.empty());
  set.Erase(7);  // As nothing.
  for (const std::uint64_t n : {63u, 64u, 200u, 0u}) set.Insert(n);
  EXPECT_EQ(set.First(), 0u);
  EXPECT_EQ(set.Last(), 200u);
  EXPECT_EQ(set.AtLeast(1), 63u);
  EXPECT_EQ(set.AtLeast(64), 64u);
  EXPECT_EQ(set.AtLeast(65), 200u) << "nothing left in its word, and none in the next";
  set.Erase(0);
  set.Erase(0);
  EXPECT_EQ(set.First(), 63u);
  set.Erase(200);
  EXPECT_EQ(set.Last(), 64u);
  set.Clear();
  EXPECT_TRUE(set.empty());
}

TEST(NumberSetTest, IsASet) {
  std::mt19937_64 random(7);
  NumberSet set;
  std::set<std::uint64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t n = random() % 700;
    if (random() % 2 == 0) {
      set.Insert(n), model.insert(n);
    } else {
      set.Erase(n), model.erase(n);
    }
    ASSERT_EQ(set.empty(), model.empty());
    if (model.empty()) continue;
    ASSERT_EQ(set.First(), *model.begin());
    ASSERT_EQ(set.Last(), *model.rbegin());
    const std::uint64_t from = random() % (*model.rbegin() + 1);
    ASSERT_EQ(set.AtLeast(from), *model.lower_bound(from));
  }
}

}  // namespace
}  // namespace bauta::queue
