#include "queue/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <thread>

#include "fakes/fake_clock.h"
#include "queue/digest.h"

namespace bauta::queue {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class StoreTest : public testing::Test {
 protected:
  StoreTest() { Create(q_); }

  void Create(const QueueName& name, const Attributes& attributes = {}) {
    EXPECT_TRUE(store_.Create(name, attributes, {}).ok());
  }
  void Send(const std::string& body, std::optional<seconds> delay = {}) { SendTo(q_, body, delay); }
  void SendTo(const QueueName& name, const std::string& body, std::optional<seconds> delay = {}) {
    auto content = std::make_shared<Content>();
    content->id = "id-" + body;
    content->body = body;
    EXPECT_TRUE(store_.Send(name, {{content, delay}}).ok());
  }
  Store::Messages Receive(std::size_t max = 10, std::optional<seconds> visibility = {}) {
    return ReceiveFrom(q_, max, visibility);
  }
  Store::Messages ReceiveFrom(const QueueName& name, std::size_t max = 10,
                              std::optional<seconds> visibility = {}) {
    std::optional<Store::Messages> got;
    store_.Receive(name, {.max = max, .visibility = visibility, .wait = seconds(0)},
                   [&](const Outcome<Store::Messages>& m) { got = m.value(); });
    EXPECT_TRUE(got.has_value()) << "a short poll answers at once";
    return got.value_or(Store::Messages());
  }
  // A long poll; what it got is in the result, once.
  struct Waiting {
    bool done = false;
    std::vector<std::string> bodies;
    std::string failure;
  };
  std::shared_ptr<Waiting> Wait(
      seconds wait = seconds(20), std::size_t max = 1,
      std::function<bool()> gone = [] { return false; }) {
    auto waiting = std::make_shared<Waiting>();
    store_.Receive(q_, {.max = max, .visibility = {}, .wait = wait, .gone = std::move(gone)},
                   [waiting](const Outcome<Store::Messages>& m) {
                     EXPECT_FALSE(waiting->done);
                     waiting->done = true;
                     if (!m.ok()) waiting->failure = m.failure().type;
                     if (m.ok()) waiting->bodies = Bodies(m.value());
                   });
    return waiting;
  }
  static std::vector<std::string> Bodies(const Store::Messages& messages) {
    std::vector<std::string> bodies;
    for (const Received& m : messages) bodies.push_back(m.content->body);
    return bodies;
  }
  void Pass(milliseconds time) {
    clock_.Advance(time);
    store_.Tick();
  }
  Outcome<> Delete(const std::string& handle) {
    return store_.DeleteMessages(q_, std::array{handle}).value().at(0);
  }
  Outcome<> Change(const std::string& handle, seconds timeout) {
    return store_.ChangeVisibility(q_, std::array{Store::Visibility{handle, timeout}})
        .value()
        .at(0);
  }
  // Visible, in flight, delayed.
  std::string Counts(const QueueName& name) {
    const Attributes a = store_.GetAttributes(name).value();
    return a.at("ApproximateNumberOfMessages") + " " +
           a.at("ApproximateNumberOfMessagesNotVisible") + " " +
           a.at("ApproximateNumberOfMessagesDelayed");
  }
  std::string Counts() { return Counts(q_); }

  const QueueName q_{"000000000000", "us-east-1", "q"};
  const QueueName dlq_{"000000000000", "us-east-1", "dlq"};
  fakes::FakeClock clock_;
  Store store_{{.in_flight_limit = 5}, clock_};
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
  SendTo(dlq_, "b");
  std::string forged = Receive().at(0).handle;
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

TEST_F(StoreTest, ALongPollWakesOnSend) {
  const auto waiting = Wait();
  EXPECT_FALSE(waiting->done);
  Send("a");
  EXPECT_THAT(waiting->bodies, ElementsAre("a"));
  EXPECT_EQ(Counts(), "0 1 0");
}

TEST_F(StoreTest, ALongPollWakesWhenADelayIsOver) {
  Send("a", seconds(5));
  const auto waiting = Wait();
  Pass(milliseconds(4999));
  EXPECT_FALSE(waiting->done);
  Pass(milliseconds(1));
  EXPECT_THAT(waiting->bodies, ElementsAre("a"));
}

TEST_F(StoreTest, ALongPollWakesWhenVisibilityExpires) {
  Send("a");
  EXPECT_THAT(Receive(1, seconds(3)), SizeIs(1));
  const auto waiting = Wait();
  EXPECT_EQ(store_.Tick(), clock_.SteadyNow() + seconds(3));
  Pass(seconds(3));
  EXPECT_THAT(waiting->bodies, ElementsAre("a"));
}

TEST_F(StoreTest, ALongPollWakesWhenAMessageIsReleased) {
  Send("a");
  const std::string handle = Receive().at(0).handle;
  const auto waiting = Wait();
  EXPECT_TRUE(Change(handle, seconds(0)).ok());
  EXPECT_THAT(waiting->bodies, ElementsAre("a"));
}

TEST_F(StoreTest, ALongPollEndsEmpty) {
  const auto waiting = Wait(seconds(2));
  EXPECT_EQ(store_.Tick(), clock_.SteadyNow() + seconds(2));
  Pass(milliseconds(1999));
  EXPECT_FALSE(waiting->done);
  Pass(milliseconds(1));
  EXPECT_TRUE(waiting->done);
  EXPECT_THAT(waiting->bodies, IsEmpty());
  EXPECT_EQ(store_.Tick(), std::nullopt);
}

TEST_F(StoreTest, TheQueuesWaitHoldsUnlessThePollSaysOtherwise) {
  EXPECT_TRUE(store_.SetAttributes(q_, {{"ReceiveMessageWaitTimeSeconds", "3"}}).ok());
  bool done = false;
  store_.Receive(q_, {}, [&](const Outcome<Store::Messages>&) { done = true; });
  EXPECT_FALSE(done);
  EXPECT_THAT(Receive(), IsEmpty()) << "an explicit 0 is a short poll";
  Pass(seconds(3));
  EXPECT_TRUE(done);
}

TEST_F(StoreTest, OneMessageWakesOnePollerTheFirst) {
  const auto first = Wait();
  const auto second = Wait();
  Send("a");
  EXPECT_THAT(first->bodies, ElementsAre("a"));
  EXPECT_FALSE(second->done);
  Send("b");
  EXPECT_THAT(second->bodies, ElementsAre("b"));
}

TEST_F(StoreTest, APollerThatIsGoneGetsNoMessage) {
  bool hung_up = false;
  const auto gone = Wait(seconds(20), 1, [&] { return hung_up; });
  const auto there = Wait();
  hung_up = true;
  Send("a");
  EXPECT_FALSE(gone->done);
  EXPECT_THAT(there->bodies, ElementsAre("a"));
  EXPECT_EQ(Counts(), "0 1 0");
}

TEST_F(StoreTest, WhoIsGoneBeforeItsTurnGetsNoMessage) {
  Send("a");
  EXPECT_TRUE(Wait(seconds(20), 1, [] { return true; })->bodies.empty());
  EXPECT_EQ(Counts(), "1 0 0");
}

TEST_F(StoreTest, PollersLearnThatTheQueueIsDeleted) {
  const auto waiting = Wait();
  EXPECT_TRUE(store_.Delete(q_).ok());
  EXPECT_EQ(waiting->failure, "QueueDoesNotExist");
  EXPECT_EQ(store_.Tick(), std::nullopt);
  EXPECT_EQ(store_.Purge(q_).failure().type, "QueueDoesNotExist");
}

constexpr char kPolicy[] =
    R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":"2"})";

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

TEST_F(StoreTest, ALongPollOnTheDeadLettersWakesOnRedrive) {
  Create(dlq_);
  EXPECT_TRUE(store_.SetAttributes(q_, {{"RedrivePolicy", kPolicy}}).ok());
  std::vector<std::string> got;
  store_.Receive(dlq_, {.wait = seconds(20)},
                 [&](const Outcome<Store::Messages>& m) { got = Bodies(m.value()); });
  Send("a");
  for (int i = 0; i < 2; ++i) EXPECT_THAT(Receive(1, seconds(0)), SizeIs(1));
  const auto waiting = Wait();
  EXPECT_FALSE(waiting->done);
  EXPECT_THAT(got, ElementsAre("a"));
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

TEST_F(StoreTest, RunServesPollersInRealTime) {
  Store store({});
  EXPECT_TRUE(store.Create(q_, {}, {}).ok());
  std::jthread ticker([&](std::stop_token stop) { store.Run(std::move(stop)); });
  std::promise<std::size_t> ended;
  const auto start = std::chrono::steady_clock::now();
  store.Receive(q_, {.wait = seconds(1)},
                [&](const Outcome<Store::Messages>& m) { ended.set_value(m.value().size()); });
  EXPECT_EQ(ended.get_future().get(), 0u);
  EXPECT_GE(std::chrono::steady_clock::now() - start, seconds(1));
}

TEST(Md5, IsWhatAwsComputes) {
  EXPECT_EQ(Md5(std::string_view("hello")), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(Md5(MessageAttributes{}), "");
  EXPECT_EQ(Md5(MessageAttributes{{"Foo", {"String", "Bar"}}}), "ae7155c6026991b6d54b11589678bf9c");
  EXPECT_EQ(Md5(MessageAttributes{{"Hello", {"String", "There"}},
                                  {"General", {"String", "Kenobi"}},
                                  {"Help.Me", {"String", "Me"}}}),
            "4c360f3fdafd970e05fae2f149d997f5");
  // As moto answered boto3; with a Number and a Binary.
  EXPECT_EQ(Md5(MessageAttributes{{"type", {"String", "login"}},
                                  {"n", {"Number", "42"}},
                                  {"b", {"Binary", std::string("\0\1\xff", 3)}}}),
            "3e50a187a1b9b9be367ddfe138c39288");
}

}  // namespace
}  // namespace bauta::queue
