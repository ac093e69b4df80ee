#include "aws/retry.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bauta::aws {
namespace {

using std::chrono::milliseconds;

Error Because(Trouble trouble, milliseconds retry_after = milliseconds(0)) {
  Error error = Retryable("why");
  error.trouble = trouble;
  error.retry_after = retry_after;
  return error;
}

// The longest of many pauses after `failures` before it: jitter takes a share of that.
milliseconds Longest(int failures, const Error& error, milliseconds cap = Retry::kLongest) {
  milliseconds longest{0};
  for (int i = 0; i < 400; ++i) {
    RetryQuota quota;
    Retry retry(quota, cap);
    for (int n = 0; n < failures; ++n) static_cast<void>(retry.Failed(error));
    longest = std::max(longest, retry.Failed(error));
  }
  return longest;
}

TEST(Retry, PausesDoubleUpToTheCapAndStartLongerWhenThrottled) {
  const struct {
    Trouble trouble;
    int failures, most;
  } kCases[] = {
      {Trouble::kFault, 0, 100},         {Trouble::kFault, 3, 800},
      {Trouble::kFault, 30, 20'000},     {Trouble::kTimeout, 1, 200},
      {Trouble::kThrottled, 0, 1'000},   {Trouble::kThrottled, 2, 4'000},
      {Trouble::kThrottled, 30, 20'000},
  };
  for (const auto& c : kCases) {
    const milliseconds longest = Longest(c.failures, Because(c.trouble));
    EXPECT_LE(longest.count(), c.most);
    EXPECT_GT(longest.count(), c.most * 9 / 10) << c.failures;
  }
  EXPECT_LE(Longest(30, Because(Trouble::kThrottled), milliseconds(300)).count(), 300);
}

TEST(Retry, TheJitterIsFull) {
  int early = 0;
  for (int i = 0; i < 400; ++i) early += Backoff(0, milliseconds(1000)) < milliseconds(250) ? 1 : 0;
  EXPECT_GT(early, 50);
  EXPECT_LT(early, 150);
}

// "x-amz-retry-after": not sooner, but the server adds no more than 5 s to what we would do.
TEST(Retry, MindsWhatTheServerAsksFor) {
  RetryQuota quota;
  Retry retry(quota);
  EXPECT_EQ(retry.Failed(Because(Trouble::kFault, milliseconds(2'000))).count(), 2'000);
  const milliseconds pause = retry.Failed(Because(Trouble::kFault, milliseconds(600'000)));
  EXPECT_GE(pause.count(), 5'000);
  EXPECT_LE(pause.count(), 5'200);
  Retry hurried(quota, milliseconds(300));
  EXPECT_LE(hurried.Failed(Because(Trouble::kFault, milliseconds(2'000))).count(), 300);
}

TEST(Retry, TheQuotaIsTakenByTriesAndGivenBackBySuccess) {
  RetryQuota quota;
  Retry retry(quota);
  static_cast<void>(retry.Failed(Because(Trouble::kFault)));
  EXPECT_EQ(quota.left(), 495);
  static_cast<void>(retry.Failed(Because(Trouble::kTimeout)));
  EXPECT_EQ(quota.left(), 485);
  EXPECT_EQ(retry.failures(), 2);
  retry.Succeeded();  // What the try that did it cost,
  EXPECT_EQ(quota.left(), 495);
  EXPECT_EQ(retry.failures(), 0);
  retry.Succeeded();  // and one for each that met no failure,
  EXPECT_EQ(quota.left(), 496);
  for (int i = 0; i < 9; ++i) retry.Succeeded();
  EXPECT_EQ(quota.left(), 500);  // up to what it was.
}

TEST(Retry, GoesOnWithLongPausesWhenTheQuotaIsUsedUp) {
  RetryQuota quota;
  while (quota.Take(5)) {
  }
  Retry first(quota);
  milliseconds longest{0};
  for (int i = 0; i < 100; ++i) {
    Retry retry(quota);
    longest = std::max(longest, retry.Failed(Because(Trouble::kFault)));
    EXPECT_TRUE(retry.spent());
  }
  EXPECT_GT(longest.count(), 10'000);
  EXPECT_LE(longest.count(), 20'000);
  EXPECT_FALSE(first.spent());
}

}  // namespace
}  // namespace bauta::aws
