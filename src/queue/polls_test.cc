// Receivers that wait, at the Store.
#include <future>
#include <thread>

#include "fakes/store_fixture.h"

namespace bauta::queue {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kPolicy[] =
    R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":"2"})";

class PollsTest : public fakes::StoreFixture {
 protected:
  PollsTest() : StoreFixture("q") {}

  void Send(const std::string& body, std::optional<seconds> delay = {}) {
    SendTo(q_, {.body = body}, delay);
  }

  const QueueName dlq_ = Name("dlq");
};

TEST_F(PollsTest, ALongPollWakesOnSend) {
  const auto waiting = Wait();
  EXPECT_FALSE(waiting->done);
  Send("a");
  EXPECT_THAT(waiting->bodies, ElementsAre("a"));
  EXPECT_EQ(Counts(), "0 1 0");
}

TEST_F(PollsTest, ALongPollWakesWhenADelayIsOver) {
  Send("a", seconds(5));
  const auto waiting = Wait();
  Pass(milliseconds(4999));
  EXPECT_FALSE(waiting->done);
  Pass(milliseconds(1));
  EXPECT_THAT(waiting->bodies, ElementsAre("a"));
}

TEST_F(PollsTest, ALongPollWakesWhenVisibilityExpires) {
  Send("a");
  EXPECT_THAT(Receive(1, seconds(3)), SizeIs(1));
  const auto waiting = Wait();
  EXPECT_EQ(store_.Tick(), clock_.SteadyNow() + seconds(3));
  Pass(seconds(3));
  EXPECT_THAT(waiting->bodies, ElementsAre("a"));
}

TEST_F(PollsTest, ALongPollWakesWhenAMessageIsReleased) {
  Send("a");
  const std::string handle = Receive().at(0).handle;
  const auto waiting = Wait();
  EXPECT_TRUE(Change(handle, seconds(0)).ok());
  EXPECT_THAT(waiting->bodies, ElementsAre("a"));
}

TEST_F(PollsTest, ALongPollEndsEmpty) {
  const auto waiting = Wait(seconds(2));
  EXPECT_EQ(store_.Tick(), clock_.SteadyNow() + seconds(2));
  Pass(milliseconds(1999));
  EXPECT_FALSE(waiting->done);
  Pass(milliseconds(1));
  EXPECT_TRUE(waiting->done);
  EXPECT_THAT(waiting->bodies, IsEmpty());
  EXPECT_EQ(store_.Tick(), std::nullopt);
}

TEST_F(PollsTest, TheQueuesWaitHoldsUnlessThePollSaysOtherwise) {
  EXPECT_TRUE(store_.SetAttributes(q_, {{"ReceiveMessageWaitTimeSeconds", "3"}}).ok());
  bool done = false;
  store_.Receive(q_, {}, [&](const Outcome<Store::Messages>&) { done = true; });
  EXPECT_FALSE(done);
  EXPECT_THAT(Receive(), IsEmpty()) << "an explicit 0 is a short poll";
  Pass(seconds(3));
  EXPECT_TRUE(done);
}

TEST_F(PollsTest, OneMessageWakesOnePollerTheFirst) {
  const auto first = Wait();
  const auto second = Wait();
  Send("a");
  EXPECT_THAT(first->bodies, ElementsAre("a"));
  EXPECT_FALSE(second->done);
  Send("b");
  EXPECT_THAT(second->bodies, ElementsAre("b"));
}

TEST_F(PollsTest, APollerThatIsGoneGetsNoMessage) {
  bool hung_up = false;
  const auto gone = Wait(seconds(20), 1, [&] { return hung_up; });
  const auto there = Wait();
  hung_up = true;
  Send("a");
  EXPECT_FALSE(gone->done);
  EXPECT_THAT(there->bodies, ElementsAre("a"));
  EXPECT_EQ(Counts(), "0 1 0");
}

TEST_F(PollsTest, WhoIsGoneBeforeItsTurnGetsNoMessage) {
  Send("a");
  EXPECT_TRUE(Wait(seconds(20), 1, [] { return true; })->bodies.empty());
  EXPECT_EQ(Counts(), "1 0 0");
}

TEST_F(PollsTest, PollersLearnThatTheQueueIsDeleted) {
  const auto waiting = Wait();
  EXPECT_TRUE(store_.Delete(q_).ok());
  EXPECT_EQ(waiting->failure, "QueueDoesNotExist");
  EXPECT_EQ(store_.Tick(), std::nullopt);
  EXPECT_EQ(store_.Purge(q_).failure().type, "QueueDoesNotExist");
}
TEST_F(PollsTest, ALongPollOnTheDeadLettersWakesOnRedrive) {
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

TEST_F(PollsTest, RunServesPollersInRealTime) {
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

}  // namespace
}  // namespace bauta::queue
