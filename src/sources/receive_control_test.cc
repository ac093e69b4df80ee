#include "sources/receive_control.h"

#include <gtest/gtest.h>

namespace bauta::sources {
namespace {

using std::chrono::milliseconds;

void Answer(ReceiveControl& control, int times, std::size_t messages, milliseconds took) {
  for (int i = 0; i < times; ++i) control.Answered(messages, true, took);
}

TEST(ReceiveControl, GrowsWhileAnswersAreFullUpToWhatTheDistanceWants) {
  const struct {
    int most;
    milliseconds took;
    int target;
  } kCases[] = {
      {64, milliseconds(0), 4},      // A queue that is near,
      {512, milliseconds(20), 120},  // one that is far,
      {512, milliseconds(80), 480},  // or in another region,
      {64, milliseconds(500), 64},   // and no more than allowed,
      {2, milliseconds(20), 4},      // which is four at least.
  };
  for (const auto& c : kCases) {
    ReceiveControl control(c.most);
    EXPECT_EQ(control.target(), 2);
    Answer(control, 600, 10, c.took);
    EXPECT_EQ(control.target(), c.target) << c.most << " " << c.took.count();
  }
}

TEST(ReceiveControl, TheQuickestFullAnswerTellsTheDistance) {
  ReceiveControl control(64);
  Answer(control, 1, 10, milliseconds(5));
  Answer(control, 1, 10, milliseconds(900));
  Answer(control, 1, 9, milliseconds(0));
  EXPECT_EQ(control.useful(), 30);
}

TEST(ReceiveControl, ShrinksToOneWhenLittleComesAndStaysInBetween) {
  ReceiveControl control(64);
  Answer(control, 20, 10, milliseconds(20));
  EXPECT_EQ(control.target(), 22);
  Answer(control, 5, 3, milliseconds(20));
  EXPECT_EQ(control.target(), 22);
  Answer(control, 5, 2, milliseconds(20));
  EXPECT_EQ(control.target(), 17);
  Answer(control, 50, 0, milliseconds(20));
  EXPECT_EQ(control.target(), 1);
}

TEST(ReceiveControl, CountsEmptyAnswersSinceTheLastMessage) {
  ReceiveControl control(64);
  Answer(control, 2, 0, milliseconds(20));
  EXPECT_EQ(control.empty_in_a_row(), 2);
  control.Answered(0, false, milliseconds(20));  // Began before the last message: tells nothing.
  EXPECT_EQ(control.empty_in_a_row(), 2);
  control.Answered(1, true, milliseconds(20));
  EXPECT_EQ(control.empty_in_a_row(), 0);
  Answer(control, 1, 0, milliseconds(20));
  control.Failed(false);
  EXPECT_EQ(control.empty_in_a_row(), 0);
}

TEST(ReceiveControl, OneAtATimeInAnOutageAndFewerAfterIt) {
  ReceiveControl control(64);
  Answer(control, 100, 10, milliseconds(20));
  control.Failed(false);
  EXPECT_EQ(control.target(), 1);
  Answer(control, 1, 10, milliseconds(20));
  EXPECT_EQ(control.target(), 33);
  for (int i = 0; i < 20; ++i) control.Failed(false);
  Answer(control, 1, 5, milliseconds(20));
  EXPECT_EQ(control.target(), 1);
}

// It was told where the limit is: it comes near again step by step, not by doubling.
TEST(ReceiveControl, GrowsGentlyFromWhereItWasThrottled) {
  ReceiveControl throttled(60), broke(60);
  for (ReceiveControl* control : {&throttled, &broke}) Answer(*control, 100, 10, milliseconds(20));
  throttled.Failed(true);
  broke.Failed(false);
  for (ReceiveControl* control : {&throttled, &broke}) Answer(*control, 30, 10, milliseconds(20));
  EXPECT_EQ(throttled.target(), 31);
  EXPECT_EQ(broke.target(), 60);
  Answer(throttled, 31 + 32, 10, milliseconds(20));
  EXPECT_EQ(throttled.target(), 33);
}

}  // namespace
}  // namespace bauta::sources
