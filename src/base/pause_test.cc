#include "base/pause.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace bauta {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

TEST(Pause, LastsAsLongAsItIsTold) {
  const auto start = Steady::now();
  EXPECT_TRUE(Pause(milliseconds(30), {}));
  EXPECT_GE(Steady::now() - start, milliseconds(30));
}

TEST(Pause, EndsWhenOneIsToStop) {
  std::stop_source stop;
  auto paused = std::async(std::launch::async, [&] { return Pause(hours(1), stop.get_token()); });
  stop.request_stop();
  EXPECT_FALSE(paused.get());
}

TEST(Pause, DoesNotBeginWhereOneIsToStopAlready) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(Pause(hours(1), stop.get_token()));
}

}  // namespace
}  // namespace bauta
