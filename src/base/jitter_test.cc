#include "base/jitter.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace bauta {
namespace {

using std::chrono::milliseconds;

TEST(Jitter, IsAnyLengthBetweenTheTwo) {
  std::set<milliseconds> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(Jitter(milliseconds(3), milliseconds(7)));
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_EQ(*seen.begin(), milliseconds(3));
  EXPECT_EQ(*seen.rbegin(), milliseconds(7));
}

TEST(Jitter, OfNothingIsNothing) {
  EXPECT_EQ(Jitter(milliseconds(0), milliseconds(0)), milliseconds(0));
}

TEST(Jitter, IsAnotherOnEachThread) {
  std::set<milliseconds> seen;
  for (int i = 0; i < 4; ++i) {
    std::thread([&] { seen.insert(Jitter(milliseconds(0), milliseconds(1'000'000'000))); }).join();
  }
  EXPECT_GT(seen.size(), 1u);
}

}  // namespace
}  // namespace bauta
