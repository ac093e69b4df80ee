#include "queue/later.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace bauta::queue {
namespace {

using std::chrono::milliseconds;

TEST(Later, RunsWhatIsDueInTheOrderOfTime) {
  std::vector<int> ran;
  std::promise<void> done;
  const auto start = std::chrono::steady_clock::now();
  Later later;
  later.After(milliseconds(60), [&] {
    ran.push_back(3);
    done.set_value();
  });
  later.After(milliseconds(30), [&] { ran.push_back(2); });
  later.After(milliseconds(0), [&] { ran.push_back(1); });
  done.get_future().wait();
  EXPECT_THAT(ran, testing::ElementsAre(1, 2, 3));
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(60));
}

TEST(Later, DropsWhatIsNotDueAtItsEnd) {
  const auto never = std::make_shared<int>(0);
  {
    Later later;
    later.After(std::chrono::hours(1), [never] { ++*never; });
  }
  EXPECT_EQ(*never, 0);
  EXPECT_EQ(never.use_count(), 1);
}

}  // namespace
}  // namespace bauta::queue
