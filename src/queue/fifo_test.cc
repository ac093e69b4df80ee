// What FIFO queues do that others do not, at the Store.
#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "fakes/store_fixture.h"

namespace bauta::queue {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class FifoTest : public fakes::StoreFixture {
 protected:
  FifoTest() : StoreFixture("q.fifo", {.in_flight_limit = 100}) {}

  // The group is the first letter of the body; the id is the body unless given.
  Mailbox::Placed Send(const std::string& body, const std::string& id = {}) {
    Content content{.body = body};
    content.extras.Set().group_id = body.substr(0, 1);
    content.extras.Set().deduplication_id = id.empty() ? body : id;
    return SendTo(q_, std::move(content));
  }
  std::vector<std::string> ReceivedBodies(std::size_t max = 10) { return Bodies(Receive(max)); }

  const QueueName dlq_ = Name("dlq.fifo");
};

TEST_F(FifoTest, AGroupIsLockedWhileOneOfItsMessagesIsInFlight) {
  for (const char* body : {"a1", "a2", "b1"}) Send(body);
  const Store::Messages first = Receive(1);
  EXPECT_THAT(Bodies(first), ElementsAre("a1"));
  EXPECT_THAT(ReceivedBodies(), ElementsAre("b1"));
  EXPECT_THAT(Receive(), IsEmpty());
  EXPECT_EQ(Counts(), "1 2 0");
  EXPECT_TRUE(Delete(first[0].handle).ok());
  EXPECT_THAT(ReceivedBodies(), ElementsAre("a2"));
}

TEST_F(FifoTest, ABatchHoldsManyOfAGroupInOrderThenTheNext) {
  for (const char* body : {"a1", "b1", "a2", "c1", "b2", "a3"}) Send(body);
  EXPECT_THAT(ReceivedBodies(5), ElementsAre("a1", "a2", "a3", "b1", "b2"));
  EXPECT_THAT(ReceivedBodies(), ElementsAre("c1"));
}

TEST_F(FifoTest, ComesAgainInOrderAfterATimeout) {
  for (const char* body : {"a1", "a2", "a3"}) Send(body);
  EXPECT_THAT(ReceivedBodies(2), ElementsAre("a1", "a2"));
  clock_.Advance(milliseconds(29'999));
  EXPECT_THAT(Receive(), IsEmpty());
  clock_.Advance(milliseconds(1));
  const Store::Messages again = Receive();
  EXPECT_THAT(Bodies(again), ElementsAre("a1", "a2", "a3"));
  EXPECT_EQ(again[1].receives, 2u);
  EXPECT_EQ(again[2].receives, 1u);
}

TEST_F(FifoTest, StaysLockedAfterAPartialDelete) {
  for (const char* body : {"a1", "a2", "a3"}) Send(body);
  const Store::Messages held = Receive(2);
  EXPECT_TRUE(Delete(held[0].handle).ok());
  EXPECT_THAT(Receive(), IsEmpty());
  clock_.Advance(seconds(30));
  EXPECT_THAT(ReceivedBodies(), ElementsAre("a2", "a3"));
}

TEST_F(FifoTest, DeletingALaterMessageFirstKeepsTheOrder) {
  for (const char* body : {"a1", "a2", "a3"}) Send(body);
  const Store::Messages held = Receive(2);
  EXPECT_TRUE(Delete(held[1].handle).ok());
  EXPECT_THAT(Receive(), IsEmpty());
  clock_.Advance(seconds(30));
  EXPECT_THAT(ReceivedBodies(), ElementsAre("a1", "a3"));
}

TEST_F(FifoTest, AReleasedMessageComesAloneIfItIsTheFirstOfItsGroup) {
  for (const char* body : {"a1", "a2", "a3"}) Send(body);
  const Store::Messages held = Receive(2);
  EXPECT_TRUE(Change(held[0].handle, seconds(0)).ok());
  EXPECT_EQ(Counts(), "2 1 0");
  EXPECT_THAT(ReceivedBodies(), ElementsAre("a1"));
}

TEST_F(FifoTest, AReleasedMessageWaitsForThoseBeforeIt) {
  for (const char* body : {"a1", "a2", "a3"}) Send(body);
  const Store::Messages held = Receive(2);
  EXPECT_TRUE(Change(held[1].handle, seconds(0)).ok());
  EXPECT_THAT(Receive(), IsEmpty());
  EXPECT_TRUE(Delete(held[0].handle).ok());
  EXPECT_THAT(ReceivedBodies(), ElementsAre("a2", "a3"));
}

TEST_F(FifoTest, GroupsTakeTurns) {
  for (const char* body : {"a1", "b1", "b2", "c1", "a2"}) Send(body);
  EXPECT_THAT(Bodies(Receive(3, seconds(0))), ElementsAre("a1", "a2", "b1"));
  EXPECT_THAT(ReceivedBodies(), ElementsAre("c1", "a1", "a2", "b1", "b2"));
}

TEST_F(FifoTest, AVisibilityOfZeroLocksNothingAndGivesEachOnce) {
  for (const char* body : {"a1", "b1"}) Send(body);
  EXPECT_THAT(Bodies(Receive(10, seconds(0))), ElementsAre("a1", "b1"));
  EXPECT_EQ(Counts(), "2 0 0");
}

TEST_F(FifoTest, OnlyTheLastHandleDeletesAndOnlyInTime) {
  Send("a1");
  const Received old = Receive().at(0);
  clock_.Advance(seconds(30));
  const std::string expired = "Value " + old.handle +
                              " for parameter ReceiptHandle is invalid. Reason: The receipt handle "
                              "has expired.";
  EXPECT_EQ(Delete(old.handle).failure().message, expired);
  EXPECT_FALSE(Change(old.handle, seconds(5)).ok());
  const Received last = Receive().at(0);
  EXPECT_EQ(Delete(old.handle).failure().message, expired) << "another holds it";
  EXPECT_TRUE(Delete(last.handle).ok());
  EXPECT_TRUE(Delete(last.handle).ok()) << "twice";
  EXPECT_TRUE(Delete(old.handle).ok()) << "it is gone";
}

TEST_F(FifoTest, AnExtendedHandleDeletes) {
  Send("a1");
  const Received held = Receive().at(0);
  EXPECT_TRUE(Change(held.handle, seconds(60)).ok());
  clock_.Advance(seconds(59));
  EXPECT_TRUE(Delete(held.handle).ok());
}

TEST_F(FifoTest, TakesTheSameIdOnceInFiveMinutes) {
  const Mailbox::Placed first = Send("a1", "id");
  const Mailbox::Placed second = Send("b1", "id");
  EXPECT_EQ(second.id, "id-a1");
  EXPECT_EQ(second.sequence, first.sequence);
  const Store::Messages got = Receive();
  EXPECT_THAT(Bodies(got), ElementsAre("a1"));
  EXPECT_EQ(got[0].sequence, first.sequence);
  EXPECT_TRUE(Delete(got[0].handle).ok());
  clock_.Advance(minutes(5) - milliseconds(1));
  EXPECT_EQ(Send("a2", "id").id, "id-a1") << "though it was deleted";
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(Send("a2", "id").id, "id-a2");
  EXPECT_GT(Send("a3").sequence, first.sequence);
}

TEST_F(FifoTest, APurgeForgetsWhatWasSent) {
  Send("a1");
  EXPECT_TRUE(store_.Purge(q_).ok());
  Send("a1");
  EXPECT_THAT(ReceivedBodies(), ElementsAre("a1"));
}

TEST_F(FifoTest, IdsCountByGroupIfTheQueueWasMadeSo) {
  EXPECT_TRUE(store_.Delete(q_).ok());
  EXPECT_TRUE(store_.Create(q_, {{"DeduplicationScope", "messageGroup"}}, {}).ok());
  EXPECT_EQ(Send("a1", "id").id, "id-a1");
  EXPECT_EQ(Send("b1", "id").id, "id-b1");
  EXPECT_EQ(Send("b2", "id").id, "id-b1");
  Set({{"DeduplicationScope", "queue"}});
  EXPECT_EQ(Send("c1", "id").id, "id-c1");
}

TEST_F(FifoTest, TheSameAttemptReceivesTheSame) {
  for (const char* body : {"a1", "a2", "b1"}) Send(body);
  const Store::Messages first = Receive(2, seconds(30), "try");
  EXPECT_THAT(Bodies(first), ElementsAre("a1", "a2"));
  EXPECT_THAT(Bodies(Receive(10, seconds(30), "other")), ElementsAre("b1"));
  clock_.Advance(seconds(20));
  const Store::Messages again = Receive(10, seconds(30), "try");
  ASSERT_THAT(Bodies(again), ElementsAre("a1", "a2"));
  EXPECT_EQ(again[0].handle, first[0].handle);
  EXPECT_EQ(again[1].receives, 1u);
  clock_.Advance(seconds(29));
  EXPECT_EQ(Counts(), "1 2 0") << "held anew, b1 is not";
  EXPECT_TRUE(Delete(first[0].handle).ok());
  EXPECT_THAT(Bodies(Receive(10, seconds(30), "try")), ElementsAre("b1"))
      << "one was deleted: a new receive";
}

TEST_F(FifoTest, AnAttemptEndsWithItsMessagesOrAfterFiveMinutes) {
  Send("a1");
  const std::string first = Receive(10, seconds(600), "try").at(0).handle;
  clock_.Advance(minutes(5) - seconds(1));
  EXPECT_EQ(Receive(10, seconds(600), "try").at(0).handle, first);
  clock_.Advance(seconds(1));
  EXPECT_THAT(Receive(10, seconds(600), "try"), IsEmpty());
  clock_.Advance(seconds(600));
  const Received second = Receive(10, seconds(20), "try").at(0);
  EXPECT_NE(second.handle, first);
  EXPECT_TRUE(Change(second.handle, seconds(20)).ok());
  EXPECT_THAT(Receive(10, seconds(20), "try"), IsEmpty()) << "its visibility was changed";
  clock_.Advance(seconds(20));
  EXPECT_NE(Receive(10, seconds(20), "try").at(0).handle, second.handle) << "it was visible";
}

TEST_F(FifoTest, ADelayHoldsTheWholeGroupUp) {
  Set({{"DelaySeconds", "10"}});
  Send("a1");
  Set({{"DelaySeconds", "0"}});
  for (const char* body : {"a2", "b1"}) Send(body);
  EXPECT_THAT(ReceivedBodies(), ElementsAre("b1"));
  clock_.Advance(seconds(10));
  EXPECT_THAT(ReceivedBodies(), ElementsAre("a1", "a2"));
}

TEST_F(FifoTest, WhatIsTooOldLeavesItsGroupBehind) {
  Set({{"MessageRetentionPeriod", "60"}});
  Send("a1");
  clock_.Advance(seconds(30));
  Send("a2");
  EXPECT_THAT(Bodies(Receive(1, seconds(600))), ElementsAre("a1"));
  clock_.Advance(seconds(30));
  EXPECT_THAT(ReceivedBodies(), ElementsAre("a2"));
}

TEST_F(FifoTest, DeadLettersKeepTheirOrderAndStartTheirTimeAnew) {
  EXPECT_TRUE(store_.Create(dlq_, {}, {}).ok());
  Set({{"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq.fifo",)"
                         R"("maxReceiveCount":1})"}});
  const std::uint64_t sequence = Send("a1").sequence;
  for (const char* body : {"a2", "a3", "b1"}) Send(body);
  EXPECT_THAT(Bodies(Receive(2, seconds(0))), ElementsAre("a1", "a2"));
  clock_.Advance(seconds(1));
  EXPECT_THAT(ReceivedBodies(), ElementsAre("b1", "a3"));
  const Store::Messages dead = ReceiveFrom(dlq_);
  ASSERT_THAT(Bodies(dead), ElementsAre("a1", "a2"));
  EXPECT_EQ(dead[0].sent_ms, ToEpochMillis(clock_.Now()));
  EXPECT_EQ(dead[0].receives, 2u);
  EXPECT_EQ(*dead[0].dead_letter_source, "arn:aws:sqs:us-east-1:000000000000:q.fifo");
  EXPECT_GE(dead[0].sequence, sequence);
}

TEST_F(FifoTest, WhatDiesAloneTakesItsGroupAlong) {
  EXPECT_TRUE(store_.Create(dlq_, {}, {}).ok());
  Set({{"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq.fifo",)"
                         R"("maxReceiveCount":1})"}});
  Send("a1");
  Send("b1");
  EXPECT_THAT(Bodies(Receive(1, seconds(0))), ElementsAre("a1"));
  EXPECT_THAT(Bodies(Receive(10, seconds(0))), ElementsAre("b1"));
  EXPECT_THAT(Receive(), IsEmpty());
  Send("a2");
  EXPECT_THAT(ReceivedBodies(), ElementsAre("a2"));
}

TEST_F(FifoTest, ALongPollWakesWhenAGroupIsFree) {
  for (const char* body : {"a1", "a2"}) Send(body);
  const Received held = Receive(1).at(0);
  std::optional<std::vector<std::string>> got;
  store_.Receive(q_, {.max = 1, .wait = seconds(20)},
                 [&](const Outcome<Store::Messages>& m) { got = Bodies(m.value()); });
  EXPECT_FALSE(got.has_value());
  EXPECT_TRUE(Delete(held.handle).ok());
  EXPECT_THAT(got.value(), ElementsAre("a2"));
}

TEST_F(FifoTest, AFullQueueAnswersEmpty) {
  for (int i = 0; i < 101; ++i) Send(std::string(1, static_cast<char>(i + 1)) + "1");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Receive().size(), 10u);
  EXPECT_THAT(Receive(), IsEmpty());
}

// Whatever happens: a group's messages come in order from its first one on, and none is in two
// hands.
TEST_F(FifoTest, KeepsItsPromisesOnARandomDay) {
  std::mt19937 dice(7);  // NOLINT: the same day every time.
  std::map<char, std::deque<std::string>> expected;
  std::vector<std::pair<Received, SteadyTime>> held;
  int sent = 0;
  const auto forget_expired = [&] {
    std::erase_if(held, [&](const auto& h) { return h.second <= clock_.SteadyNow(); });
  };
  const auto is_held = [&](const Received& m) {
    return std::any_of(held.begin(), held.end(),
                       [&](const auto& h) { return h.first.content == m.content; });
  };
  for (int step = 0; step < 20'000; ++step) {
    forget_expired();
    const unsigned what = dice() % 10;
    if (what < 3) {
      const char group = static_cast<char>('a' + dice() % 5);
      const std::string body = group + std::to_string(++sent);
      Send(body);
      expected[group].push_back(body);
    } else if (what < 6) {
      std::map<char, std::size_t> next;
      const seconds visibility(dice() % 20);
      for (const Received& m : Receive(1 + dice() % 10, visibility)) {
        const char group = m.content->extras->group_id[0];
        ASSERT_FALSE(is_held(m)) << "step " << step;
        ASSERT_EQ(m.content->body, expected[group].at(next[group]++)) << "step " << step;
        if (visibility.count() > 0) held.emplace_back(m, clock_.SteadyNow() + visibility);
      }
    } else if (what < 8 && !held.empty()) {
      const std::size_t at = dice() % held.size();
      ASSERT_TRUE(Delete(held[at].first.handle).ok());
      std::erase(expected[held[at].first.content->extras->group_id[0]],
                 held[at].first.content->body);
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (what == 8 && !held.empty()) {
      const std::size_t at = dice() % held.size();
      const seconds visibility(dice() % 20);
      ASSERT_TRUE(Change(held[at].first.handle, visibility).ok());
      held[at].second = clock_.SteadyNow() + visibility;
    } else {
      clock_.Advance(seconds(dice() % 3));
    }
  }
  EXPECT_GT(sent, 5000);
}

}  // namespace
}  // namespace bauta::queue
