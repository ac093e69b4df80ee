// What becomes of messages while they are held: heartbeats, the 12 hours, the order of groups.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fakes/sqs_source_fixture.h"

namespace bauta::sources {
namespace {

using fakes::MakeGrouped;
using fakes::MakeReceived;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using Refusals = std::vector<aws::Refused>;

class HeldTest : public fakes::SqsSourceTest {
 protected:
  // Every heartbeat gets through.
  void Pass(milliseconds time, milliseconds step) {
    for (milliseconds passed{0}; passed < time; passed += step) {
      queue_->Advance(step);
      while (!queue_->changes.empty()) {
        for (const aws::VisibilityChange& change : queue_->changes.front().sent) {
          changed_.push_back(change);
        }
        queue_->AnswerChange(Refusals());
      }
    }
  }

  std::vector<aws::VisibilityChange> changed_;
};

std::vector<std::string> Ids(const std::vector<Message>& messages) {
  std::vector<std::string> ids;
  for (const Message& message : messages) ids.push_back(message.id);
  return ids;
}

// --- Copies of one message, from a redrive that was killed

// A delivery of copy `id` of message 1.
aws::Received MakeCopy(const std::string& id, const std::string& receipt,
                       const std::string& group = "") {
  aws::Received copy = MakeReceived(1, receipt);
  copy.id = id;
  copy.group = group;
  copy.attributes = R"({"Bauta.Identity":{"StringValue":"note","DataType":"String"}})";
  return copy;
}

SqsOptions Believing(bool fifo = false) {
  SqsOptions options;
  options.fifo = fifo;
  options.verify = [](std::string_view, const Noted&) {
    return FirstIdentity{1'795'244'400'001, "message-1"};
  };
  return options;
}

TEST_F(HeldTest, ASecondCopyIsGivenBackAndTakesNoReceiptAway) {
  Start(Believing());
  queue_->AnswerReceive(std::vector<aws::Received>{MakeCopy("copy-a", "a1")});
  queue_->AnswerReceive(std::vector<aws::Received>{MakeCopy("copy-b", "b1")});
  ASSERT_EQ(queue_->changes.size(), 1u);
  EXPECT_EQ(queue_->changes[0].sent.at(0).receipt, "b1");
  EXPECT_GE(queue_->changes[0].sent.at(0).visibility, seconds(1)) << "or they would spin";
  queue_->AnswerChange(Refusals());
  queue_->AnswerReceive(std::vector<aws::Received>{MakeCopy("copy-a", "a2")});
  EXPECT_THAT(queue_->changes, IsEmpty()) << "the same copy again: a newer receipt";
  std::vector<Message> taken = Take();
  ASSERT_THAT(Ids(taken), ElementsAre("message-1"));
  source_->Ack(std::move(taken));
  queue_->Advance(milliseconds(50));
  ASSERT_EQ(queue_->deletes.size(), 1u);
  EXPECT_THAT(queue_->deletes[0].sent, ElementsAre("a2"));
  EXPECT_EQ(source_->received(), 1u);
}

TEST_F(HeldTest, ASecondCopyInAGroupIsGivenBackAtOnce) {
  Start(Believing(true));
  queue_->AnswerReceive(
      std::vector<aws::Received>{MakeCopy("copy-a", "a1", "g"), MakeCopy("copy-b", "b1", "g")});
  ASSERT_EQ(queue_->changes.size(), 1u);
  EXPECT_EQ(queue_->changes[0].sent.at(0).receipt, "b1");
  EXPECT_EQ(queue_->changes[0].sent.at(0).visibility, seconds(0));
}

// --- Heartbeats

TEST_F(HeldTest, NothingIsReceivedWhileAHeartbeatFails) {
  Start({}, seconds(10));
  queue_->AnswerReceive(MakeReceived(1, 3));
  queue_->Advance(seconds(6));
  ASSERT_EQ(queue_->changes.size(), 1u);
  queue_->AnswerChange(Retryable("down"));
  EndReceives();
  EXPECT_TRUE(queue_->receives.empty());
  queue_->Advance(seconds(1));
  EXPECT_TRUE(queue_->receives.empty());
  ASSERT_EQ(queue_->changes.size(), 1u);
  queue_->AnswerChange(Refusals());
  EXPECT_FALSE(queue_->receives.empty());
}

TEST_F(HeldTest, NothingIsReceivedWhileAHeartbeatIsLate) {
  Start({}, seconds(10));
  queue_->AnswerReceive(MakeReceived(1, 3));
  queue_->Advance(seconds(6));  // It is on its way.
  EndReceives();
  EXPECT_FALSE(queue_->receives.empty());
  queue_->Advance(seconds(2));  // A quarter of the visibility is left.
  EndReceives();
  EXPECT_TRUE(queue_->receives.empty());
  queue_->AnswerChange(Refusals());
  queue_->Advance(seconds(1));
  EXPECT_FALSE(queue_->receives.empty());
}

TEST_F(HeldTest, WhoHoldsNothingReceivesWhateverBecameOfTheHeartbeats) {
  Start({}, seconds(10));
  queue_->AnswerReceive(MakeReceived(1, 1));
  queue_->Advance(seconds(6));
  queue_->AnswerChange(Retryable("down"));
  source_->Release(Take(), true);
  EndReceives();
  EXPECT_FALSE(queue_->receives.empty());
}

TEST_F(HeldTest, AFailedHeartbeatOfWhatIsGoneStopsNothing) {
  Start({}, seconds(10));
  queue_->AnswerReceive(MakeReceived(1, 1));
  queue_->Advance(seconds(6));
  queue_->AnswerReceive(MakeReceived(2, 1));
  queue_->AnswerChange(Retryable("down"));
  EndReceives();
  EXPECT_TRUE(queue_->receives.empty());
  source_->Release(Take(1), true);
  queue_->AnswerChange(Refusals());
  queue_->Advance(seconds(1));
  EXPECT_FALSE(queue_->receives.empty());
}

TEST_F(HeldTest, ThousandsAreCoveredForAMinute) {
  SqsOptions options;
  options.max_messages = 5'000;
  Start(options, seconds(5));
  for (int n = 0; n < 2'000; n += 10) queue_->AnswerReceive(MakeReceived(n, 10));
  Take();
  Pass(minutes(1), milliseconds(100));
  std::map<std::string, int> times;
  for (const aws::VisibilityChange& change : changed_) ++times[change.receipt];
  EXPECT_EQ(times.size(), 2'000u);
  for (const auto& [receipt, count] : times) {
    EXPECT_GE(count, 20);
    EXPECT_LE(count, 30);
  }
}

TEST_F(HeldTest, WhatNobodyTookIsGivenBackBeforeTwelveHoursAreOver) {
  Start({}, minutes(10));
  queue_->AnswerReceive(MakeReceived(1, 3));
  Take(1);
  Pass(hours(11) + minutes(54), seconds(30));
  EXPECT_EQ(source_->released(), 0u);
  changed_.clear();
  Pass(minutes(2), seconds(30));
  EXPECT_EQ(source_->released(), 2u);
  std::set<std::string> shown;
  for (const auto& change : changed_) {
    if (change.visibility == seconds(0)) shown.insert(change.receipt);
  }
  EXPECT_THAT(shown, ElementsAre("r2", "r3"));
  EXPECT_THAT(Take(), IsEmpty());
  // It comes again, and its twelve hours begin.
  queue_->AnswerReceive({{MakeReceived(2, "again")}});
  Pass(minutes(10), seconds(30));
  EXPECT_EQ(source_->released(), 2u);
  EXPECT_EQ(Take().size(), 1u);
}

// SQS refuses a heartbeat that would end after the twelve hours.
TEST_F(HeldTest, NoHeartbeatEndsAfterTwelveHours) {
  Start({}, hours(5));
  queue_->AnswerReceive(MakeReceived(1, 1));
  Take();
  const SteadyTime end = clock_.SteadyNow() + hours(12);
  for (int n = 0; n < 13 * 60; ++n) {
    queue_->Advance(minutes(1));
    while (!queue_->changes.empty()) {
      const seconds asked = queue_->changes.front().sent[0].visibility;
      EXPECT_LE(clock_.SteadyNow() + asked, end + minutes(1));  // Sent within this minute.
      queue_->AnswerChange(Refusals());
      changed_.push_back({"", asked});
    }
  }
  EXPECT_LE(changed_.size(), 4u);
}

// --- Groups of a FIFO queue

class GroupsTest : public HeldTest {
 protected:
  void StartFifo(seconds visibility = seconds(30)) {
    SqsOptions options;
    options.fifo = true;
    options.wait = seconds(20);
    Start(options, visibility);
  }
};

TEST_F(GroupsTest, AGroupIsInOneHandAtATime) {
  StartFifo();
  queue_->AnswerReceive(MakeGrouped({"a1", "a2", "a3", "b1"}));
  std::vector<Message> first = Take(2);
  EXPECT_THAT(Ids(first), ElementsAre("a1", "a2"));
  queue_->AnswerReceive(MakeGrouped({"a4", "b2"}));
  EXPECT_THAT(Ids(Take()), ElementsAre("b1", "b2"));
  EXPECT_THAT(Take(), IsEmpty());
  source_->Ack(std::move(first));
  EXPECT_THAT(Ids(Take()), ElementsAre("a3", "a4"));
}

TEST_F(GroupsTest, WithoutFifoGroupsMeanNothing) {  // Standard queues may have them: fair queues.
  Start();
  queue_->AnswerReceive(MakeGrouped({"a1", "a2"}));
  EXPECT_EQ(Take(1).size(), 1u);
  EXPECT_EQ(Take(1).size(), 1u);
}

TEST_F(GroupsTest, WhatIsReleasedTakesItsFollowersWithIt) {
  StartFifo();
  queue_->AnswerReceive(MakeGrouped({"a1", "a2", "a3", "b1"}));
  std::vector<Message> messages = Take(2);
  queue_->AnswerReceive(MakeGrouped({"a4"}));
  std::vector<Message> second;
  second.push_back(std::move(messages[1]));
  messages.pop_back();
  source_->Release(std::move(second), true);
  ASSERT_EQ(queue_->changes.size(), 1u);
  std::vector<std::string> shown;
  for (const auto& change : queue_->changes[0].sent) shown.push_back(change.receipt);
  EXPECT_THAT(shown, ElementsAre("r-a2", "r-a3", "r-a4"));
  EXPECT_EQ(source_->released(), 2u);  // Of a2 the caller knows.
  EXPECT_THAT(Ids(Take()), ElementsAre("b1"));
  // They come again while the first is still out.
  queue_->AnswerReceive(MakeGrouped({"a2"}));
  EXPECT_THAT(Take(), IsEmpty());
  source_->Ack(std::move(messages));
  EXPECT_THAT(Ids(Take()), ElementsAre("a2"));
}

TEST_F(GroupsTest, WhatFollowsADamagedBodyStaysInTheQueueWithIt) {
  StartFifo();
  std::vector<aws::Received> messages = MakeGrouped({"a1", "b1", "a2", "b2", "a3"});
  messages[2].intact = false;
  queue_->AnswerReceive(std::move(messages));
  EXPECT_THAT(Ids(Take()), ElementsAre("a1", "b1", "b2"));
  EXPECT_EQ(source_->received(), 3u);
}

// Else each return of the first would raise the receive counts of those behind it, too.
TEST_F(GroupsTest, AGroupThatComesBackLaterComesTogetherAndOneByOne) {
  StartFifo();
  EXPECT_EQ(queue_->receives[0].sent.max, 10);
  std::vector<aws::Received> received = MakeGrouped({"a1", "a2", "a3"});
  received[1].receive_count = 7;
  queue_->AnswerReceive(std::move(received));
  source_->Release(Take(), false);
  ASSERT_EQ(queue_->changes.size(), 1u);
  const seconds pause = queue_->changes[0].sent[0].visibility;
  EXPECT_GT(pause, seconds(20));  // No receive that is open now takes them.
  for (const auto& change : queue_->changes[0].sent) EXPECT_EQ(change.visibility, pause);
  queue_->AnswerChange(Refusals());
  EndReceives();
  EXPECT_EQ(queue_->receives.back().sent.max, 10);
  queue_->Advance(pause - seconds(20));
  EndReceives();
  EXPECT_EQ(queue_->receives.back().sent.max, 1);
  queue_->Advance(seconds(30));
  EndReceives();
  EXPECT_EQ(queue_->receives.back().sent.max, 10);
}

TEST_F(GroupsTest, AReceiveThatGotNoAnswerIsRepeatedAsTheSame) {
  StartFifo();
  ASSERT_EQ(queue_->receives.size(), 2u);
  const std::string first = queue_->receives[0].sent.attempt_id;
  EXPECT_FALSE(first.empty());
  EXPECT_NE(first, queue_->receives[1].sent.attempt_id);
  queue_->AnswerReceive(Retryable("reset"));
  queue_->Advance(seconds(2));
  EXPECT_EQ(queue_->receives.size(), 1u);
  queue_->AnswerReceive(MakeReceived(0, 0));
  ASSERT_FALSE(queue_->receives.empty());
  EXPECT_EQ(queue_->receives[0].sent.attempt_id, first);
  queue_->AnswerReceive(Retryable("reset"));
  queue_->Advance(seconds(60));
  queue_->AnswerReceive(Retryable("reset"));  // By now the queue shows it to others.
  queue_->Advance(seconds(20));
  ASSERT_FALSE(queue_->receives.empty());
  EXPECT_NE(queue_->receives[0].sent.attempt_id, first);
}

TEST_F(GroupsTest, EachIsRepeatedByOneThatAsksForAsMany) {
  SqsOptions options;
  options.fifo = true;
  options.limit = 13;
  Start(options);
  ASSERT_EQ(queue_->receives.size(), 2u);
  const auto ten = queue_->receives[0].sent, three = queue_->receives[1].sent;
  ASSERT_EQ(three.max, 3);
  std::swap(queue_->receives[0], queue_->receives[1]);
  queue_->AnswerReceive(Retryable("reset"));
  queue_->AnswerReceive(Retryable("reset"));
  queue_->Advance(seconds(2));
  ASSERT_EQ(queue_->receives.size(), 1u);
  EXPECT_EQ(queue_->receives[0].sent.max, 10);
  EXPECT_EQ(queue_->receives[0].sent.attempt_id, ten.attempt_id);
  queue_->AnswerReceive(MakeGrouped({"a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1", "i1", "j1"}));
  ASSERT_EQ(queue_->receives.size(), 1u);
  EXPECT_EQ(queue_->receives[0].sent.max, 3);
  EXPECT_EQ(queue_->receives[0].sent.attempt_id, three.attempt_id);
}

TEST_F(GroupsTest, AStandardQueueGetsNoAttemptIds) {
  Start();
  EXPECT_EQ(queue_->receives[0].sent.attempt_id, "");
}

TEST_F(GroupsTest, CloseGivesBackWhatWaitsBehindAGroupToo) {
  StartFifo();
  queue_->AnswerReceive(MakeGrouped({"a1", "a2", "a3"}));
  Take(1);
  source_->Close(std::chrono::steady_clock::now());
  EXPECT_EQ(source_->released(), 2u);
}

}  // namespace
}  // namespace bauta::sources
