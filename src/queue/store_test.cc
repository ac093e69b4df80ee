#include "queue/store.h"

#include "fakes/store_fixture.h"

namespace bauta::queue {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kPolicy[] =
    R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":"2"})";

class StoreTest : public fakes::StoreFixture {
 protected:
  StoreTest() : StoreFixture("q", {.in_flight_limit = 5}) {}

  void Send(const std::string& body, std::optional<seconds> delay = {}) {
    SendTo(q_, {.body = body}, delay);
  }

  const QueueName dlq_ = Name("dlq");
};

TEST_F(StoreTest, ReceivesTheOldestFirstAndHidesThem) {
  for (const char* body : {"a", "b", "c"}) Send(body);
  EXPECT_THAT(Bodies(Receive(2)), ElementsAre("a", "b"));
  EXPECT_EQ(Counts(), "1 2 0");
  EXPECT_THAT(Bodies(Receive()), ElementsAre("c"));
  EXPECT_THAT(Receive(), IsEmpty());
}

TEST_F(StoreTest, ShowsAgainWhatWasNotDeletedInTime) {
  Send("a");
  const Received first = Receive().at(0);
  clock_.Advance(milliseconds(29'999));
  EXPECT_THAT(Receive(), IsEmpty());
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(Counts(), "1 0 0");
  const Received second = Receive().at(0);
  EXPECT_EQ(first.receives, 1u);
  EXPECT_EQ(second.receives, 2u);
  EXPECT_EQ(second.sent_ms, first.sent_ms);
  EXPECT_EQ(second.first_received_ms, first.first_received_ms);
  EXPECT_NE(second.handle, first.handle);
}

TEST_F(StoreTest, DeletesWithAnyHandleThatItGave) {
  Send("a");
  const Received old = Receive().at(0);
  clock_.Advance(seconds(31));
  EXPECT_TRUE(Delete(old.handle).ok()) << "after its visibility timeout";
  EXPECT_THAT(Receive(), IsEmpty());
  EXPECT_EQ(Counts(), "0 0 0");
  EXPECT_TRUE(Delete(old.handle).ok()) << "twice";
}

TEST_F(StoreTest, AnOldHandleDeletesWhatAnotherReceived) {
  Send("a");
  const Received old = Receive().at(0);
  clock_.Advance(seconds(31));
  EXPECT_THAT(Receive(), SizeIs(1));
  EXPECT_TRUE(Delete(old.handle).ok());
  EXPECT_EQ(Counts(), "0 0 0");
}

TEST_F(StoreTest, RefusesHandlesThatItNeverGave) {
  Create(dlq_);
  Send("a");
  SendTo(dlq_, {.body = "b"});
  std::string forged = Receive().at(0).handle;
  EXPECT_GE(forged.size(), 100u) << "as long as those of SQS can be";
  forged.back() = forged.back() == '0' ? '1' : '0';
  const std::string foreign = ReceiveFrom(dlq_).at(0).handle;
  for (const std::string& handle :
       {std::string(), std::string("x"), forged, foreign, std::string(200, 'a')}) {
    EXPECT_EQ(Delete(handle).failure().type, "ReceiptHandleIsInvalid");
    EXPECT_EQ(Change(handle, seconds(1)).failure().type, "ReceiptHandleIsInvalid");
  }
  EXPECT_EQ(Counts(), "0 1 0");
}

TEST_F(StoreTest, ChangesVisibilityFromNowOn) {
  Send("a");
  const std::string handle = Receive().at(0).handle;
  clock_.Advance(seconds(20));
  EXPECT_TRUE(Change(handle, seconds(60)).ok());
  clock_.Advance(seconds(59));
  EXPECT_THAT(Receive(), IsEmpty());
  clock_.Advance(seconds(1));
  const std::string again = Receive().at(0).handle;
  EXPECT_TRUE(Change(again, seconds(0)).ok());
  EXPECT_EQ(Counts(), "1 0 0");
  EXPECT_TRUE(Change(again, seconds(5)).ok()) << "not yet received again: fine";
  EXPECT_EQ(Counts(), "0 1 0");
}

TEST_F(StoreTest, RefusesToChangeWhatIsGoneOrWasHeldForTooLong) {
  Send("a");
  const std::string handle = Receive(1, seconds(43200)).at(0).handle;
  clock_.Advance(hours(11));
  EXPECT_TRUE(Change(handle, seconds(3600)).ok());
  EXPECT_THAT(Change(handle, seconds(3601)).failure().message,
              testing::HasSubstr("beyond the limit [43200 seconds]"));
  EXPECT_TRUE(Delete(handle).ok());
  const Failure gone = Change(handle, seconds(1)).failure();
  EXPECT_EQ(gone.type, "InvalidParameterValueException");
  EXPECT_EQ(gone.message, "Value " + handle +
                              " for parameter ReceiptHandle is invalid. Reason: Message does not "
                              "exist or is not available for visibility timeout change.");
}

TEST_F(StoreTest, AVisibilityOfZeroDoesNotGiveTheSameMessageTwice) {
  Send("a");
  EXPECT_THAT(Bodies(Receive(10, seconds(0))), ElementsAre("a"));
  EXPECT_EQ(Counts(), "1 0 0");
}

TEST_F(StoreTest, DelaysByMessageOrByQueue) {
  EXPECT_TRUE(store_.SetAttributes(q_, {{"DelaySeconds", "10"}}).ok());
  Send("queue's");
  Send("none", seconds(0));
  Send("own", seconds(5));
  EXPECT_EQ(Counts(), "1 0 2");
  EXPECT_THAT(Bodies(Receive()), ElementsAre("none"));
  clock_.Advance(seconds(5));
  EXPECT_THAT(Bodies(Receive()), ElementsAre("own"));
  clock_.Advance(seconds(5));
  EXPECT_THAT(Bodies(Receive()), ElementsAre("queue's"));
}

TEST_F(StoreTest, ForgetsWhatIsOlderThanRetentionEvenInFlight) {
  EXPECT_TRUE(store_.SetAttributes(q_, {{"MessageRetentionPeriod", "60"}}).ok());
  Send("a");
  Send("b");
  EXPECT_THAT(Receive(1, seconds(600)), SizeIs(1));
  clock_.Advance(milliseconds(59'999));
  EXPECT_EQ(Counts(), "1 1 0");
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(Counts(), "0 0 0");
}

TEST_F(StoreTest, MovesWhatCameTooOftenToTheDeadLetters) {
  Create(dlq_);
  EXPECT_TRUE(store_.SetAttributes(q_, {{"RedrivePolicy", kPolicy}}).ok());
  Send("a");
  Send("b");
  const Received first = Receive(1, seconds(1)).at(0);
  clock_.Advance(seconds(1));
  EXPECT_EQ(Receive(1, seconds(1)).at(0).receives, 2u);
  clock_.Advance(seconds(1));
  EXPECT_THAT(Bodies(Receive(1)), ElementsAre("b")) << "instead of the third receipt";
  EXPECT_EQ(Counts(), "0 1 0");
  const Received dead = ReceiveFrom(dlq_).at(0);
  EXPECT_EQ(dead.content->id, first.content->id);
  EXPECT_EQ(dead.content->body, "a");
  EXPECT_EQ(dead.sent_ms, first.sent_ms);
  EXPECT_EQ(dead.first_received_ms, first.first_received_ms);
  EXPECT_EQ(dead.receives, 3u);
  EXPECT_EQ(*dead.dead_letter_source, "arn:aws:sqs:us-east-1:000000000000:q");
  EXPECT_TRUE(Delete(first.handle).ok()) << "moved is as good as gone";
  EXPECT_EQ(Counts(dlq_), "0 1 0");
}

TEST_F(StoreTest, DeliversOnWhenTheDeadLetterQueueIsDeleted) {
  Create(dlq_);
  EXPECT_TRUE(store_.SetAttributes(q_, {{"RedrivePolicy", kPolicy}}).ok());
  EXPECT_THAT(store_.DeadLetterSources(dlq_).value(), ElementsAre("q"));
  EXPECT_TRUE(store_.Delete(dlq_).ok());
  Send("a");
  for (int i = 0; i < 4; ++i) EXPECT_THAT(Receive(1, seconds(0)), SizeIs(1));
}

TEST_F(StoreTest, RefusesPoliciesThatCannotWork) {
  Create(dlq_);
  const struct {
    std::string policy, reason;
  } cases[] = {
      {"nonsense", "Redrive policy is not a valid JSON map."},
      {"[]", "Redrive policy is not a valid JSON map."},
      {R"({"maxReceiveCount":1})", "does not contain mandatory attribute: deadLetterTargetArn."},
      {R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"})",
       "does not contain mandatory attribute: maxReceiveCount."},
      {R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":0})",
       "valid values are from 1 to 1000 both inclusive."},
      {R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":1001})",
       "valid values are from 1 to 1000 both inclusive."},
      {R"({"deadLetterTargetArn":"dlq","maxReceiveCount":1})", "deadLetterTargetArn"},
      {R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:no","maxReceiveCount":1})",
       "does not exist"},
      {R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dlq","maxReceiveCount":1})",
       "does not exist"},
  };
  for (const auto& c : cases) {
    const Outcome<> set = store_.SetAttributes(q_, {{"RedrivePolicy", c.policy}});
    ASSERT_FALSE(set.ok()) << c.policy;
    EXPECT_EQ(set.failure().code, "InvalidParameterValue");
    EXPECT_THAT(set.failure().message, testing::HasSubstr(c.reason));
  }
  EXPECT_TRUE(store_.SetAttributes(q_, {{"RedrivePolicy", kPolicy}}).ok());
  EXPECT_EQ(store_.GetAttributes(q_).value().count("RedrivePolicy"), 1u);
  EXPECT_TRUE(store_.SetAttributes(q_, {{"RedrivePolicy", ""}}).ok());
  EXPECT_EQ(store_.GetAttributes(q_).value().count("RedrivePolicy"), 0u);
}

TEST_F(StoreTest, HoldsNoMoreInFlightThanTheLimit) {
  for (int i = 0; i < 6; ++i) Send(std::to_string(i));
  const Store::Messages held = Receive(5);
  EXPECT_THAT(held, SizeIs(5));
  std::string failure;
  store_.Receive(q_, {.wait = seconds(0)},
                 [&](const Outcome<Store::Messages>& m) { failure = m.failure().type; });
  EXPECT_EQ(failure, "OverLimit");
  const auto waiting = Wait();
  EXPECT_FALSE(waiting->done) << "a long poll waits for room";
  EXPECT_TRUE(Delete(held[0].handle).ok());
  EXPECT_THAT(waiting->bodies, ElementsAre("5"));
}

TEST_F(StoreTest, PurgesOnceAMinute) {
  Send("visible");
  Send("delayed", seconds(9));
  Send("held");
  EXPECT_THAT(Receive(1), SizeIs(1));
  EXPECT_TRUE(store_.Purge(q_).ok());
  EXPECT_EQ(Counts(), "0 0 0");
  const Failure again = store_.Purge(q_).failure();
  EXPECT_EQ(again.status, 403);
  EXPECT_EQ(again.message, "Only one PurgeQueue operation on q is allowed every 60 seconds.");
  clock_.Advance(seconds(60));
  EXPECT_TRUE(store_.Purge(q_).ok());
}

TEST_F(StoreTest, OnABadDayWhatIsReceivedStaysVisible) {
  store_.weather().Set({.duplicate_rate = 1});
  for (const char* body : {"a", "b"}) Send(body);
  const Store::Messages first = Receive();
  EXPECT_THAT(Bodies(first), ElementsAre("a", "b")) << "each once in one answer";
  EXPECT_EQ(Counts(), "2 0 0");
  EXPECT_EQ(Receive().at(0).receives, 2u);
  for (const Received& m : first) EXPECT_TRUE(Delete(m.handle).ok());
  EXPECT_EQ(Counts(), "0 0 0");
}

TEST_F(StoreTest, OnABadDayThereIsNoOrder) {
  std::vector<std::string> sent;
  for (int i = 0; i < 10; ++i) sent.push_back(std::to_string(i));
  for (const std::string& body : sent) Send(body);
  store_.weather().Set({.disorder = true, .seed = 1});
  const std::vector<std::string> got = Bodies(Receive(10, seconds(0)));
  EXPECT_THAT(got, testing::UnorderedElementsAreArray(sent));
  EXPECT_NE(got, sent);
  store_.weather().Set({});
  EXPECT_EQ(Bodies(Receive(10, seconds(0))), sent);
}

TEST_F(StoreTest, DeletesAllQueuesAtOnce) {
  Create({"000000000000", "eu-west-1", "other"});
  const auto waiting = Wait();
  store_.DeleteAll();
  EXPECT_EQ(waiting->failure, "QueueDoesNotExist");
  EXPECT_THAT(store_.List({"000000000000", "us-east-1", ""}, "", 10), IsEmpty());
  EXPECT_THAT(store_.List({"000000000000", "eu-west-1", ""}, "", 10), IsEmpty());
}

TEST_F(StoreTest, RefusesARegionThatNoArnCouldHold) {
  EXPECT_EQ(store_.Create({"000000000000", "a:b", "q"}, {}, {}).failure().type,
            "InvalidParameterValueException");
  EXPECT_TRUE(store_.Create({"000000000000", "anywhere-1", "q"}, {}, {}).ok());
}

TEST_F(StoreTest, AQueueHasFiftyTagsAndNoLongOnes) {
  Attributes tags;
  for (int i = 0; i < 50; ++i) tags["k" + std::to_string(i)] = "v";
  EXPECT_TRUE(store_.Tag(q_, tags).ok());
  EXPECT_TRUE(store_.Tag(q_, {{"k1", "w"}}).ok()) << "in the place of another";
  for (const Attributes& more :
       {Attributes{{"one more", "v"}}, Attributes{{"k1", std::string(257, 'v')}}}) {
    EXPECT_FALSE(store_.Tag(q_, more).ok());
  }
  EXPECT_EQ(store_.Tags(q_).value().size(), 50u);
  EXPECT_EQ(store_.Tags(q_).value().at("k1"), "w");
}

// Else a server that keeps its queues would not start again.
TEST_F(StoreTest, WhatAQueueHasItCouldBeMadeWith) {
  const Attributes both = {{"KmsMasterKeyId", "k"}, {"SqsManagedSseEnabled ", "true"}};
  EXPECT_FALSE(store_.SetAttributes(q_, both).ok());
  EXPECT_TRUE(store_.SetAttributes(q_, {{" VisibilityTimeout ", "7"}}).ok());
  EXPECT_EQ(store_.GetAttributes(q_).value().at("VisibilityTimeout"), "7");
  EXPECT_FALSE(store_.SetAttributes(q_, {{"RedrivePolicy ", kPolicy}}).ok()) << "there is no dlq";
}

TEST_F(StoreTest, CreatesAgainIfNothingGivenDiffers) {
  Create(q_, {});
  Create(q_, {{"VisibilityTimeout", "30"}});
  EXPECT_EQ(store_.Create(q_, {{"DelaySeconds", "1"}}, {}).failure().message,
            "A queue already exists with the same name and a different value for attribute "
            "DelaySeconds");
  Create({"000000000000", "eu-west-1", "q"}, {{"DelaySeconds", "1"}});
  EXPECT_THAT(store_.List({"000000000000", "eu-west-1", ""}, "", 10), ElementsAre("q"));
}

TEST_F(StoreTest, RefusesAttributesOutOfRangeAndChangesNothing) {
  const struct {
    std::string name, value, failure;
  } cases[] = {
      {"VisibilityTimeout", "-1", "InvalidAttributeValue"},
      {"VisibilityTimeout", "43201", "InvalidAttributeValue"},
      {"VisibilityTimeout", "x", "InvalidAttributeValue"},
      {"VisibilityTimeout", "", "InvalidAttributeValue"},
      {"DelaySeconds", "901", "InvalidAttributeValue"},
      {"MaximumMessageSize", "1023", "InvalidAttributeValue"},
      {"MaximumMessageSize", "1048577", "InvalidAttributeValue"},
      {"MessageRetentionPeriod", "59", "InvalidAttributeValue"},
      {"MessageRetentionPeriod", "1209601", "InvalidAttributeValue"},
      {"ReceiveMessageWaitTimeSeconds", "21", "InvalidAttributeValue"},
      {"SqsManagedSseEnabled", "yes", "InvalidAttributeValue"},
      {"FifoQueue", "true", "InvalidAttributeName"},
      {"DeduplicationScope", "queue", "InvalidAttributeName"},
      {"QueueArn", "x", "InvalidAttributeName"},
      {"Nonsense", "x", "InvalidAttributeName"},
  };
  const Attributes before = store_.GetAttributes(q_).value();
  for (const auto& c : cases) {
    const Outcome<> set = store_.SetAttributes(q_, {{"Policy", "{}"}, {c.name, c.value}});
    ASSERT_FALSE(set.ok()) << c.name << "=" << c.value;
    EXPECT_EQ(set.failure().type, c.failure) << c.name << "=" << c.value;
  }
  EXPECT_EQ(store_.GetAttributes(q_).value(), before);
}

}  // namespace
}  // namespace bauta::queue
