#include "sources/sqs_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fakes/sqs_source_fixture.h"

namespace bauta::sources {
namespace {

using fakes::MakeReceived;
using fakes::SqsSourceTest;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Refusals = std::vector<aws::Refused>;

TEST_F(SqsSourceTest, HandsOutEachMessageOnceWithWhatTheLedgerNeeds) {
  Start();
  queue_->AnswerReceive(MakeReceived(1, 2));
  const std::vector<Message> messages = Take();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].key.sent_ms, 1'795'244'400'001);
  EXPECT_EQ(messages[0].id, "message-1");
  EXPECT_EQ(messages[0].body, "{\"n\":1}");
  EXPECT_NE(messages[0].key.id, messages[1].key.id);
  EXPECT_TRUE(Take().empty());
  EXPECT_EQ(source_->received(), 2u);
}

TEST_F(SqsSourceTest, KeepsToTheLimitsOfReceive) {
  Start();
  queue_->AnswerReceive(MakeReceived(1, 10));
  EXPECT_EQ(Take(3).size(), 3u);
  EXPECT_EQ(Take(100, 15).size(), 2u);  // 7 bytes each.
  EXPECT_EQ(Take(100, 1).size(), 1u);   // One may exceed it.
  EXPECT_EQ(Take().size(), 4u);
}

TEST_F(SqsSourceTest, HeartbeatsCoverWhatIsBufferedAndWhatIsOut) {
  Start();
  queue_->AnswerReceive(MakeReceived(0, 10));
  queue_->AnswerReceive(MakeReceived(10, 5));
  Take(7);
  queue_->Advance(seconds(14));
  EXPECT_TRUE(queue_->changes.empty());  // More than half is left.
  queue_->Advance(seconds(2));
  ASSERT_EQ(queue_->changes.size(), 2u);
  EXPECT_EQ(queue_->changes[0].sent.size() + queue_->changes[1].sent.size(), 15u);
  EXPECT_EQ(queue_->changes[0].sent[0].visibility, seconds(30));
  queue_->AnswerChange(Refusals());
  queue_->AnswerChange(Refusals());
  queue_->Advance(seconds(13));
  EXPECT_TRUE(queue_->changes.empty());
  queue_->Advance(seconds(4));
  EXPECT_EQ(queue_->changes.size(), 2u);
}

TEST_F(SqsSourceTest, AHeartbeatThatFailedComesAgain) {
  Start({}, seconds(1));
  queue_->AnswerReceive(MakeReceived(1, 1));
  queue_->Advance(milliseconds(600));
  ASSERT_EQ(queue_->changes.size(), 1u);
  queue_->AnswerChange(Retryable("down"));
  queue_->Advance(milliseconds(100));
  EXPECT_EQ(queue_->changes.size(), 1u);
}

TEST_F(SqsSourceTest, AHeartbeatThatIsForbiddenComesToTheCaller) {
  Start({}, seconds(1));
  queue_->AnswerReceive(MakeReceived(1, 1));
  queue_->Advance(milliseconds(600));
  ASSERT_EQ(queue_->changes.size(), 1u);
  queue_->AnswerChange(ConfigError("AccessDenied"));
  const auto got = source_->Receive(1, 1, milliseconds(0), milliseconds(0), {});
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kConfig);
}

// A server that throttles must not be asked more than one that is well.
TEST_F(SqsSourceTest, HeartbeatsThatFailArePacedAndGoOnWhenTheServerIsBack) {
  Start();
  for (int n = 0; n < 100; n += 10) queue_->AnswerReceive(MakeReceived(n, 10));
  queue_->Advance(seconds(15));
  int calls = 0;
  for (int tenths = 0; tenths < 100; ++tenths) {
    for (; !queue_->changes.empty(); ++calls) queue_->AnswerChange(Retryable("throttled"));
    queue_->Advance(milliseconds(100));
  }
  EXPECT_GE(calls, 10);
  EXPECT_LE(calls, 60);  // Not each of ten every second, at once.
  queue_->Advance(seconds(4));
  std::set<std::string> extended;
  for (; !queue_->changes.empty(); queue_->AnswerChange(Refusals())) {
    for (const auto& change : queue_->changes.front().sent) extended.insert(change.receipt);
  }
  EXPECT_EQ(extended.size(), 100u);
}

TEST_F(SqsSourceTest, AMessageThatComesAgainWhileHeldIsNotHandedOutTwice) {
  Start();
  queue_->AnswerReceive({{MakeReceived(1, "old")}});
  std::vector<Message> messages = Take();
  queue_->AnswerReceive({{MakeReceived(1, "new")}});
  EXPECT_TRUE(Take().empty());
  EXPECT_EQ(source_->received(), 1u);
  source_->Ack(std::move(messages));
  queue_->Advance(milliseconds(50));
  ASSERT_EQ(queue_->deletes.size(), 1u);
  EXPECT_THAT(queue_->deletes[0].sent, testing::ElementsAre("new"));
}

// The queue's own may be lowered while we run, and our heartbeats would come too late.
TEST_F(SqsSourceTest, AsksForTheVisibilityThatItKeepsUp) {
  Start({}, seconds(7));
  EXPECT_EQ(queue_->receives[0].sent.visibility, seconds(7));
}

TEST_F(SqsSourceTest, WaitsOutAnOutageWithOneReceiveAtATime) {
  Start();
  while (!queue_->receives.empty()) queue_->AnswerReceive(Retryable("down"));
  queue_->Advance(seconds(21));
  EXPECT_EQ(queue_->receives.size(), 1u);
  queue_->AnswerReceive(MakeReceived(1, 1));
  EXPECT_EQ(Take().size(), 1u);
}

TEST_F(SqsSourceTest, ReceivesThatFailTogetherAreOneFailure) {
  Start();
  for (int i = 0; i < 20; ++i) {
    queue_->Advance(milliseconds(20));
    queue_->AnswerReceive(MakeReceived(i * 10, 10));
  }
  ASSERT_GT(queue_->receives.size(), 10u);
  while (!queue_->receives.empty()) queue_->AnswerReceive(Retryable("throttled"));
  queue_->Advance(seconds(1));  // The first pause, and the only one that has begun.
  ASSERT_EQ(queue_->receives.size(), 1u);
  queue_->AnswerReceive(Retryable("throttled"));
  queue_->Advance(seconds(2));
  EXPECT_EQ(queue_->receives.size(), 1u);
}

TEST_F(SqsSourceTest, AnErrorThatNoRetryMendsComesToTheCaller) {
  Start();
  queue_->AnswerReceive(ConfigError("queue deleted"));
  const auto got = source_->Receive(1, 1, milliseconds(0), milliseconds(0), {});
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kConfig);
}

TEST_F(SqsSourceTest, MoreReceivesWhileTheyComeBackFullAndOneWhenIdle) {
  Start();
  const std::size_t few = queue_->receives.size();
  for (int i = 0; i < 20; ++i) {
    queue_->Advance(milliseconds(20));
    queue_->AnswerReceive(MakeReceived(i * 10, 10));
  }
  EXPECT_GT(queue_->receives.size(), few + 10);
  for (int i = 0; i < 60; ++i) queue_->AnswerReceive(MakeReceived(0, 0));
  EXPECT_EQ(queue_->receives.size(), 1u);
  EXPECT_EQ(queue_->receives[0].sent.wait, seconds(20));
}

// Each empty receive is billed.
TEST_F(SqsSourceTest, AnIdleQueueIsAskedThreeTimesAMinute) {
  Start();
  for (int i = 0; i < 100; ++i) {
    queue_->Advance(milliseconds(20));
    queue_->AnswerReceive(MakeReceived(i * 10, 10));
    source_->Ack(Take());
  }
  ASSERT_GT(queue_->receives.size(), 50u);
  const auto pass = [&](int minutes) {
    const std::uint64_t before = source_->requests().receive;
    for (int poll = 0; poll < 3 * minutes; ++poll) {
      queue_->Advance(seconds(20));
      EndReceives();
    }
    return source_->requests().receive - before;
  };
  pass(1);
  EXPECT_LE(pass(10), 30u);
}

TEST_F(SqsSourceTest, AQueueThatIsFarGetsAsManyDeletesAsItsDistanceWants) {
  Start();
  for (int i = 0; i < 100; ++i) {
    queue_->Advance(milliseconds(80));
    queue_->AnswerReceive(MakeReceived(i * 10, 10));
  }
  source_->Ack(Take(10'000));
  EXPECT_EQ(queue_->deletes.size(), 100u);
}

TEST_F(SqsSourceTest, DeletesThatWereThrottledComeBackStepByStep) {
  Start();
  for (int i = 0; i < 100; ++i) {
    queue_->Advance(milliseconds(80));
    queue_->AnswerReceive(MakeReceived(i * 10, 10));
  }
  source_->Ack(Take(10'000));
  Error throttled = Retryable("too much");
  throttled.trouble = Trouble::kThrottled;
  for (int i = 0; i < 60; ++i) queue_->AnswerDelete(Refusals());
  while (!queue_->deletes.empty()) queue_->AnswerDelete(throttled);
  queue_->Advance(seconds(6));
  ASSERT_EQ(queue_->deletes.size(), 1u);
  queue_->AnswerDelete(Refusals());
  EXPECT_EQ(queue_->deletes.size(), 19u);  // Half of the 39 that were on their way.
}

TEST_F(SqsSourceTest, AQueueThatAnswersAtOnceGetsFewReceives) {
  Start();
  for (int i = 0; i < 20; ++i) queue_->AnswerReceive(MakeReceived(i * 10, 10));
  EXPECT_EQ(queue_->receives.size(), 4u);
}

TEST_F(SqsSourceTest, NeverAsksForMoreThanTheLimit) {
  SqsOptions options;
  options.limit = 15;
  Start(options);
  ASSERT_EQ(queue_->receives.size(), 2u);
  EXPECT_EQ(queue_->receives[1].sent.max, 5);
  queue_->AnswerReceive(MakeReceived(0, 7));
  ASSERT_EQ(queue_->receives.size(), 2u);  // What did not come may be asked for again.
  EXPECT_EQ(queue_->receives[1].sent.max, 3);
  queue_->AnswerReceive(MakeReceived(10, 5));
  queue_->AnswerReceive(MakeReceived(20, 3));
  EXPECT_EQ(Take().size(), 15u);
  EXPECT_TRUE(queue_->receives.empty());
}

TEST_F(SqsSourceTest, NeverAsksForMoreThanItMayHold) {
  SqsOptions options;
  options.max_messages = 60;
  Start(options);
  for (int n = 0; !queue_->receives.empty(); n += 10) {
    ASSERT_LT(n, 60);
    queue_->AnswerReceive(MakeReceived(n, 10));
  }
  const std::vector<Message> buffered = Take();
  EXPECT_EQ(buffered.size(), 30u);         // Half may wait here,
  EXPECT_FALSE(queue_->receives.empty());  // and taking it makes room.
}

TEST_F(SqsSourceTest, LeavesADamagedBodyInTheQueue) {
  Start();
  std::vector<aws::Received> messages = MakeReceived(1, 2);
  messages[0].intact = false;
  queue_->AnswerReceive(std::move(messages));
  EXPECT_EQ(Take().size(), 1u);
  EXPECT_EQ(source_->received(), 1u);
}

TEST_F(SqsSourceTest, LeavesAMessageInTheQueueWhoseIdNoRecordCanHold) {
  Start();
  std::vector<aws::Received> messages = MakeReceived(1, 2);
  messages[0].id += '\0';
  queue_->AnswerReceive(std::move(messages));
  EXPECT_EQ(Take().size(), 1u);
  EXPECT_EQ(source_->received(), 1u);
}

TEST_F(SqsSourceTest, IsExhaustedAfterTwoCountsOfNothing) {
  SqsOptions options;
  options.wait = seconds(1);
  Start(options);
  EXPECT_EQ(queue_->receives[0].sent.wait, seconds(1));
  EXPECT_FALSE(source_->Exhausted());
  EXPECT_TRUE(queue_->counts.empty());  // No receiver has come back yet.
  EndReceives();
  EXPECT_FALSE(source_->Exhausted());
  ASSERT_EQ(queue_->counts.size(), 1u);
  queue_->AnswerCount("0");
  EXPECT_FALSE(source_->Exhausted());
  EXPECT_TRUE(queue_->counts.empty());
  queue_->Advance(milliseconds(500));
  ASSERT_EQ(queue_->counts.size(), 1u);
  queue_->AnswerCount("0");
  EXPECT_TRUE(source_->Exhausted());
}

TEST_F(SqsSourceTest, IsNotExhaustedWhileOthersHoldMessages) {
  SqsOptions options;
  options.wait = seconds(1);
  Start(options);
  EndReceives();
  EXPECT_FALSE(source_->Exhausted());
  queue_->AnswerCount("0", "3");
  queue_->Advance(milliseconds(500));
  EXPECT_FALSE(source_->Exhausted());
  queue_->AnswerCount("0");
  queue_->AnswerReceive(MakeReceived(1, 1));  // One came between the counts.
  queue_->Advance(milliseconds(500));
  EXPECT_FALSE(source_->Exhausted());
}

TEST_F(SqsSourceTest, ReceiveReturnsWhenItIsToldToStop) {
  Start();
  std::stop_source stop;
  stop.request_stop();
  const auto got = source_->Receive(1, 1, std::chrono::hours(1), milliseconds(0), stop.get_token());
  ASSERT_TRUE(got.ok());
  EXPECT_TRUE(got->empty());
}

}  // namespace
}  // namespace bauta::sources
