// What becomes of messages in the end: deleted, given back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fakes/sqs_source_fixture.h"

namespace bauta::sources {
namespace {

using fakes::MakeReceived;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Refusals = std::vector<aws::Refused>;

class Returns : public fakes::SqsSourceTest {};

TEST_F(Returns, DeletesInTensAndTheRestAfterAMoment) {
  Start();
  queue_->AnswerReceive(MakeReceived(0, 10));
  queue_->AnswerReceive(MakeReceived(10, 3));
  source_->Ack(Take());
  ASSERT_EQ(queue_->deletes.size(), 1u);
  EXPECT_EQ(queue_->deletes[0].sent.size(), 10u);
  queue_->Advance(milliseconds(49));
  EXPECT_EQ(queue_->deletes.size(), 1u);
  queue_->Advance(milliseconds(1));
  ASSERT_EQ(queue_->deletes.size(), 2u);
  EXPECT_THAT(queue_->deletes[1].sent, testing::ElementsAre("r10", "r11", "r12"));
  EXPECT_EQ(source_->requests().remove, 2u);
}

TEST_F(Returns, TriesARefusedDeleteAgainUntilTheReceiptExpires) {
  Start();
  queue_->AnswerReceive(MakeReceived(1, 2));
  source_->Ack(Take());
  queue_->Advance(milliseconds(50));
  queue_->AnswerDelete(Refusals{{1, "InternalError", false}});
  int tries = 1;
  for (int s = 0; s < 60; ++s) {
    queue_->Advance(seconds(1));
    while (!queue_->deletes.empty()) {
      EXPECT_THAT(queue_->deletes[0].sent, testing::ElementsAre("r2"));
      ++tries;
      queue_->AnswerDelete(Refusals{{0, "InternalError", false}});
    }
  }
  EXPECT_GT(tries, 3);
  EndReceives();
  EXPECT_FALSE(CloseNow());  // Another receive has begun.
  EndReceives();
  EXPECT_TRUE(CloseNow());  // It was given up: nothing waits.
}

TEST_F(Returns, ADeleteThatMetAnOutageIsSentAgain) {
  Start();
  queue_->AnswerReceive(MakeReceived(1, 1));
  source_->Ack(Take());
  queue_->Advance(milliseconds(50));
  queue_->AnswerDelete(Retryable("down"));
  queue_->Advance(seconds(6));
  ASSERT_EQ(queue_->deletes.size(), 1u);
  EXPECT_THAT(queue_->deletes[0].sent, testing::ElementsAre("r1"));
}

TEST_F(Returns, AfterAnOutageOneDeleteFindsOutWhetherItIsOver) {
  Start();
  for (int n = 0; n < 50; n += 10) queue_->AnswerReceive(MakeReceived(n, 10));
  source_->Ack(Take());
  ASSERT_GT(queue_->deletes.size(), 1u);
  while (!queue_->deletes.empty()) queue_->AnswerDelete(Retryable("throttled"));
  queue_->Advance(seconds(6));
  ASSERT_EQ(queue_->deletes.size(), 1u);
  queue_->AnswerDelete(Refusals());
  EXPECT_GT(queue_->deletes.size(), 1u);
}

TEST_F(Returns, AReceiptThatComesDuringTheDeleteIsDeletedToo) {
  Start();
  queue_->AnswerReceive({{MakeReceived(1, "old")}});
  source_->Ack(Take());
  queue_->Advance(milliseconds(50));
  queue_->AnswerReceive({{MakeReceived(1, "new")}});
  queue_->AnswerDelete(Refusals());
  queue_->Advance(milliseconds(50));
  ASSERT_EQ(queue_->deletes.size(), 1u);
  EXPECT_THAT(queue_->deletes[0].sent, testing::ElementsAre("new"));
  EXPECT_TRUE(Take().empty());
}

TEST_F(Returns, ReleasesAtOnceOrAfterAPause) {
  Start();
  queue_->AnswerReceive(MakeReceived(1, 2));
  std::vector<Message> messages = Take();
  std::vector<Message> first, second;
  first.push_back(std::move(messages[0]));
  second.push_back(std::move(messages[1]));
  source_->Release(std::move(first), true);
  source_->Release(std::move(second), false);
  ASSERT_EQ(queue_->changes.size(), 2u);
  EXPECT_EQ(queue_->changes[0].sent[0].visibility, seconds(0));
  EXPECT_GT(queue_->changes[1].sent[0].visibility, seconds(0));
  // What was released is a new delivery when it comes again.
  queue_->AnswerReceive(MakeReceived(1, 1));
  EXPECT_EQ(Take().size(), 1u);
  EXPECT_EQ(source_->received(), 3u);
}

TEST_F(Returns, CloseGivesBackWhatNobodyTookAndWhatStillComes) {
  Start();
  queue_->AnswerReceive(MakeReceived(1, 3));
  Take(1);
  EXPECT_FALSE(CloseNow());  // Receives are under way, two messages wait.
  ASSERT_EQ(queue_->changes.size(), 1u);
  EXPECT_EQ(queue_->changes[0].sent.size(), 2u);
  queue_->AnswerChange(Refusals());
  queue_->AnswerReceive(MakeReceived(20, 1));
  ASSERT_EQ(queue_->changes.size(), 1u);
  EXPECT_EQ(queue_->changes[0].sent[0].receipt, "r20");
  queue_->AnswerChange(Refusals());
  EndReceives();
  EXPECT_TRUE(queue_->receives.empty());  // None begins any more.
  EXPECT_TRUE(CloseNow());
  EXPECT_EQ(source_->received(), 4u);
  EXPECT_EQ(source_->released(), 3u);
}

// What is shown while a receive of ours is open, that receive takes again.
TEST_F(Returns, OnceStoppingGivesBackOnlyWhenNoReceiveIsUnderWay) {
  Start();
  queue_->AnswerReceive(MakeReceived(1, 3));
  std::vector<Message> messages = Take(2);
  source_->StopReceiving();
  source_->Release(std::move(messages), true);
  queue_->AnswerReceive(MakeReceived(20, 1));
  ASSERT_FALSE(queue_->receives.empty());
  EXPECT_FALSE(source_->Close(std::chrono::steady_clock::now() + milliseconds(1)));
  queue_->AnswerReceive(MakeReceived(30, 1));  // Came after the time was over.
  EndReceives();
  EXPECT_TRUE(queue_->receives.empty());  // None has begun since.
  std::vector<std::string> receipts;
  for (const auto& call : queue_->changes) {
    for (const aws::VisibilityChange& change : call.sent) receipts.push_back(change.receipt);
  }
  EXPECT_THAT(receipts, testing::UnorderedElementsAre("r1", "r2", "r3", "r20", "r30"));
}

TEST_F(Returns, WhatWaitsToBeGivenBackKeepsItsHeartbeatsAndIsCountedOnce) {
  Start();
  queue_->AnswerReceive({{MakeReceived(1, "old")}});
  std::vector<Message> messages = Take();
  source_->StopReceiving();
  source_->Release(std::move(messages), true);
  EXPECT_TRUE(queue_->changes.empty());
  queue_->Advance(seconds(16));
  ASSERT_EQ(queue_->changes.size(), 1u);
  EXPECT_EQ(queue_->changes[0].sent[0].visibility, seconds(30));
  queue_->AnswerChange(Refusals());
  queue_->AnswerReceive({{MakeReceived(1, "new")}});
  EndReceives();
  ASSERT_EQ(queue_->changes.size(), 1u);
  EXPECT_EQ(queue_->changes[0].sent[0].receipt, "new");
  EXPECT_EQ(queue_->changes[0].sent[0].visibility, seconds(0));
  queue_->AnswerChange(Refusals());
  EXPECT_TRUE(CloseNow());
  EXPECT_EQ(source_->received(), 1u);
  EXPECT_EQ(source_->released(), 0u);  // The caller's.
}

TEST_F(Returns, AReceiveThatFailsIsOverToo) {
  Start();
  queue_->AnswerReceive(MakeReceived(1, 1));
  std::vector<Message> messages = Take();
  source_->StopReceiving();
  source_->Release(std::move(messages), true);
  while (!queue_->receives.empty()) {
    EXPECT_TRUE(queue_->changes.empty());
    queue_->AnswerReceive(Retryable("down"));
  }
  EXPECT_EQ(queue_->changes.size(), 1u);
}

TEST_F(Returns, CloseWaitsForDeletes) {
  Start();
  queue_->AnswerReceive(MakeReceived(1, 1));
  source_->Ack(Take());
  EXPECT_FALSE(CloseNow());
  EndReceives();
  ASSERT_EQ(queue_->deletes.size(), 1u);  // Sent before its age.
  EXPECT_FALSE(CloseNow());
  queue_->AnswerDelete(Refusals());
  EXPECT_TRUE(CloseNow());
}

// Nobody took what followed it, and so it is not what the limit is about.
TEST_F(Returns, WhatIsWithdrawnMayBeAskedForAgain) {
  SqsOptions options;
  options.limit = 10;
  options.fifo = true;
  Start(options);
  queue_->AnswerReceive(
      fakes::MakeGrouped({"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"}));
  std::vector<Message> first = Take(1);
  ASSERT_EQ(first.size(), 1u);
  EndReceives();
  source_->Release(std::move(first), false);
  ASSERT_FALSE(queue_->receives.empty());
  EXPECT_EQ(queue_->receives.front().sent.max, 9);
}

}  // namespace
}  // namespace bauta::sources
