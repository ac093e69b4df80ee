#include "aws/patience.h"

#include <gtest/gtest.h>

#include "fakes/fake_clock.h"

namespace bauta::aws {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class PatienceTest : public testing::Test {
 protected:
  ErrorCode Judge(const char* operation) {
    return patience_.Judge(operation, ConfigError("no")).code;
  }

  fakes::FakeClock clock_;
  Patience patience_{clock_};
};

TEST_F(PatienceTest, HasNoneBeforeAnythingWorked) {
  EXPECT_EQ(Judge("ReceiveMessage"), ErrorCode::kConfig);
  EXPECT_EQ(Judge("ReceiveMessage"), ErrorCode::kConfig);
}

TEST_F(PatienceTest, LastsForFiveMinutesFromTheFirstFailure) {
  patience_.Succeeded("ReceiveMessage");
  clock_.Advance(minutes(60));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Judge("ReceiveMessage"), ErrorCode::kRetryable) << i;
    clock_.Advance(minutes(1));
  }
  const Error last = patience_.Judge("ReceiveMessage", ConfigError("no", "a hint"));
  EXPECT_EQ(last.code, ErrorCode::kConfig);
  EXPECT_EQ(last.hint, "a hint");
  EXPECT_NE(last.message.find("five minutes"), std::string::npos);
}

TEST_F(PatienceTest, BeginsAnewAfterASuccess) {
  patience_.Succeeded("ReceiveMessage");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(Judge("ReceiveMessage"), ErrorCode::kRetryable);
    clock_.Advance(minutes(4));
    EXPECT_EQ(Judge("ReceiveMessage"), ErrorCode::kRetryable) << i;
    patience_.Succeeded("ReceiveMessage");
  }
}

// Else receives that work would let deletes fail for ever.
TEST_F(PatienceTest, ASuccessOfAnotherCallDoesNotCount) {
  patience_.Succeeded("GetQueueAttributes");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Judge("DeleteMessageBatch"), ErrorCode::kRetryable) << i;
    clock_.Advance(seconds(30));
    patience_.Succeeded("ReceiveMessage");
  }
  EXPECT_EQ(Judge("DeleteMessageBatch"), ErrorCode::kConfig);
  EXPECT_EQ(Judge("ReceiveMessage"), ErrorCode::kRetryable);
}

// A heartbeat that failed may have no other after it for hours.
TEST_F(PatienceTest, AFailureLongAgoDoesNotCount) {
  patience_.Succeeded("ReceiveMessage");
  EXPECT_EQ(Judge("ChangeMessageVisibilityBatch"), ErrorCode::kRetryable);
  clock_.Advance(minutes(30));
  EXPECT_EQ(Judge("ChangeMessageVisibilityBatch"), ErrorCode::kRetryable);
}

TEST_F(PatienceTest, WhatIsRetryableStaysSo) {
  patience_.Succeeded("ReceiveMessage");
  Error busy = Retryable("busy");
  busy.retry_after = seconds(3);
  for (int i = 0; i < 10; ++i) {
    const Error error = patience_.Judge("ReceiveMessage", busy);
    EXPECT_EQ(error.code, ErrorCode::kRetryable);
    EXPECT_EQ(error.retry_after, seconds(3));
    clock_.Advance(minutes(1));
  }
}

}  // namespace
}  // namespace bauta::aws
