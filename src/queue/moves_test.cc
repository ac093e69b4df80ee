// Dead-letter queues, who may use them, and moving their messages back, at the Store.
#include "fakes/store_fixture.h"

namespace bauta::queue {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class MovesTest : public fakes::StoreFixture {
 protected:
  MovesTest() : StoreFixture("dlq") {
    for (const char* name : {"other", "dlq.fifo", "other.fifo"}) Create(name);
    Create("q", {{"RedrivePolicy", Policy("dlq")}});
    Create("q2", {{"RedrivePolicy", Policy("dlq")}});
  }

  static std::string Arn(const std::string& name) { return ToArn(Name(name)); }
  static std::string Policy(const std::string& target) {
    return R"({"deadLetterTargetArn":")" + Arn(target) + R"(","maxReceiveCount":1})";
  }
  void Create(const std::string& name, const Attributes& attributes = {}) {
    StoreFixture::Create(Name(name), attributes);
  }
  void Send(const std::string& queue, const std::string& body) {
    Content content{.body = body};
    content.extras.Set() = {
        .attributes = {}, .system_attributes = {}, .group_id = body, .deduplication_id = body};
    SendTo(Name(queue), std::move(content));
  }
  Store::Messages Receive(const std::string& queue, seconds visibility = seconds(30)) {
    return ReceiveFrom(Name(queue), 10, visibility);
  }
  // Dead letters of `queue`, which is empty then.
  void Kill(const std::string& queue, const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies) Send(queue, body);
    EXPECT_THAT(Receive(queue, seconds(0)), SizeIs(bodies.size()));
    EXPECT_THAT(Receive(queue), IsEmpty());
  }
  std::string Start(const std::string& source, const std::string& destination = {},
                    std::optional<std::int64_t> per_second = {}) {
    return store_.StartMove(Arn(source), destination.empty() ? "" : Arn(destination), per_second)
        .value();
  }
  MoveTask Last(const std::string& source) { return store_.Moves(Arn(source), 1).value().at(0); }
};

TEST_F(MovesTest, EachGoesBackToWhereItCameFrom) {
  Kill("q", {"a", "b"});
  Kill("q2", {"c"});
  Start("dlq");
  EXPECT_EQ(Last("dlq").status, MoveTask::Status::kRunning);
  EXPECT_EQ(Last("dlq").to_move, 3u);
  EXPECT_THAT(Receive("q"), IsEmpty()) << "not at once";
  clock_.Advance(seconds(1));
  store_.Tick();
  EXPECT_EQ(Last("dlq").status, MoveTask::Status::kCompleted);
  EXPECT_EQ(Last("dlq").moved, 3u);
  const Store::Messages back = Receive("q");
  EXPECT_THAT(Bodies(back), ElementsAre("a", "b"));
  EXPECT_THAT(Bodies(Receive("q2")), ElementsAre("c"));
  EXPECT_NE(back[0].content->id, "id-a") << "as a new message";
  EXPECT_EQ(back[0].receives, 1u);
  EXPECT_EQ(back[0].sent_ms, ToEpochMillis(clock_.Now()));
  EXPECT_EQ(back[0].dead_letter_source, nullptr);
}

TEST_F(MovesTest, OrWhereItIsTold) {
  Kill("q", {"a"});
  Send("dlq", "b");
  std::vector<std::string> got;
  store_.Receive(Name("other"), {.max = 10, .wait = seconds(20)},
                 [&](const Outcome<Store::Messages>& m) { got = Bodies(m.value()); });
  Start("dlq", "other");
  store_.Tick();
  EXPECT_THAT(got, ElementsAre("a", "b")) << "and wakes who waits there";
}

TEST_F(MovesTest, KeepsToItsThroughput) {
  Kill("q", {"a", "b", "c", "d"});
  Start("dlq", "", 2);
  for (const unsigned moved : {1u, 2u, 3u, 4u}) {
    const auto next = store_.Tick();
    EXPECT_EQ(Last("dlq").moved, moved);
    EXPECT_EQ(next, clock_.SteadyNow() + milliseconds(500)) << "the ticker comes back by itself";
    clock_.Advance(milliseconds(500));
  }
  EXPECT_EQ(Last("dlq").status, MoveTask::Status::kRunning);
  store_.Tick();
  EXPECT_EQ(Last("dlq").status, MoveTask::Status::kCompleted);
  EXPECT_EQ(store_.Tick(), std::nullopt);
}

TEST_F(MovesTest, StopsWhenCancelled) {
  Kill("q", {"a", "b", "c"});
  const std::string handle = Start("dlq", "", 1);
  store_.Tick();
  EXPECT_EQ(store_.CancelMove(handle).value(), 1u);
  EXPECT_EQ(Last("dlq").status, MoveTask::Status::kCancelled);
  clock_.Advance(seconds(10));
  store_.Tick();
  EXPECT_THAT(Bodies(Receive("q")), ElementsAre("a"));
  EXPECT_EQ(store_.CancelMove(handle).failure().type, "UnsupportedOperation");
  Start("dlq");
  EXPECT_THAT(store_.Moves(Arn("dlq"), 10).value(), SizeIs(2));
}

TEST_F(MovesTest, LeavesWhatIsInFlight) {
  Kill("q", {"a"});
  EXPECT_THAT(Receive("dlq"), SizeIs(1));
  Kill("q", {"b"});
  Start("dlq");
  store_.Tick();
  EXPECT_THAT(Bodies(Receive("q")), ElementsAre("b"));
  clock_.Advance(seconds(30));
  EXPECT_THAT(Bodies(Receive("dlq")), ElementsAre("a"));
}

TEST_F(MovesTest, FailsWhereItCannotKnowOrFindTheDestination) {
  Send("dlq", "from nowhere");
  Start("dlq");
  store_.Tick();
  EXPECT_EQ(Last("dlq").status, MoveTask::Status::kFailed);
  EXPECT_EQ(Last("dlq").failure, "CouldNotDetermineMessageSource");
  EXPECT_THAT(Receive("dlq"), SizeIs(1)) << "it stays";
  Kill("q2", {"a"});
  EXPECT_TRUE(store_.Delete(Name("q2")).ok());
  Start("dlq");
  store_.Tick();
  EXPECT_EQ(Last("dlq").failure, "AWS.SimpleQueueService.NonExistentQueue");
}

TEST_F(MovesTest, FifoQueuesKeepTheirOrder) {
  Create("q.fifo", {{"RedrivePolicy", Policy("dlq.fifo")}});
  Kill("q.fifo", {"a", "b"});
  Start("dlq.fifo");
  store_.Tick();
  const Store::Messages back = Receive("q.fifo");
  EXPECT_THAT(Bodies(back), ElementsAre("a", "b"));
  EXPECT_EQ(back[0].content->extras->group_id, "a");
}

TEST_F(MovesTest, ManyMessagesTakeManySteps) {
  for (int i = 0; i < 2500; ++i) Send("dlq", std::to_string(i));
  Start("dlq", "other");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(store_.Tick().has_value() || i == 2);
  EXPECT_EQ(Last("dlq").moved, 2500u);
  EXPECT_EQ(Last("dlq").status, MoveTask::Status::kCompleted);
}

TEST_F(MovesTest, ATaskGoesWithItsQueue) {
  Kill("q", {"a"});
  const std::string handle = Start("dlq");
  EXPECT_TRUE(store_.Delete(Name("dlq")).ok());
  EXPECT_EQ(store_.Tick(), std::nullopt);
  EXPECT_EQ(store_.CancelMove(handle).failure().status, 404);
}

TEST_F(MovesTest, SaysWhatIsWrong) {
  const std::string format =
      "You must use this format to specify the SourceArn: "
      "arn:<partition>:<service>:<region>:<account-id>:<resource-id>";
  const struct {
    std::string source, destination, type, message;
  } cases[] = {
      {"dlq", "", "InvalidParameterValueException", format},
      {"arn:aws:sqs:us-east-1:000000000000:", "", "InvalidParameterValueException", format},
      {Arn("none"), "", "ResourceNotFoundException",
       "The resource that you specified for the SourceArn parameter doesn't exist."},
      {"arn:aws:sqs:us-east-1:111111111111:dlq", "", "ResourceNotFoundException",
       "The resource that you specified for the SourceArn parameter doesn't exist."},
      {Arn("dlq"), Arn("none"), "ResourceNotFoundException",
       "The resource that you specified for the DestinationArn parameter doesn't exist."},
      {Arn("other"), "", "InvalidParameterValueException",
       "Source queue must be configured as a Dead Letter Queue."},
      {Arn("dlq"), Arn("dlq"), "InvalidParameterValueException",
       "Source queue arn and destination queue arn cannot be same."},
      {Arn("dlq"), Arn("other.fifo"), "InvalidParameterValueException",
       "Source and destination queues must be of the same type."},
  };
  for (const auto& c : cases) {
    const Failure failure = store_.StartMove(c.source, c.destination, {}).failure();
    EXPECT_EQ(failure.type, c.type) << c.source;
    EXPECT_EQ(failure.message, c.message);
  }
  Start("dlq");
  EXPECT_EQ(store_.StartMove(Arn("dlq"), "", {}).failure().message,
            "There is already a task running. Only one active task is allowed for a source queue "
            "arn at a given time.");
  EXPECT_EQ(store_.CancelMove("x").failure().message, "Value for parameter TaskHandle is invalid.");
  EXPECT_EQ(store_.Moves(Arn("none"), 1).failure().status, 404);
}

TEST_F(MovesTest, DeadLettersStayInTheirKindOfQueue) {
  const auto refusal = [&](const std::string& queue, const std::string& target) {
    return store_.SetAttributes(Name(queue), {{"RedrivePolicy", Policy(target)}});
  };
  Create("q.fifo");
  const std::string reason = "Dead-letter queue must be same type of queue as the source.";
  EXPECT_THAT(refusal("q", "dlq.fifo").failure().message, testing::HasSubstr(reason));
  EXPECT_THAT(refusal("q.fifo", "dlq").failure().message, testing::HasSubstr(reason));
  EXPECT_TRUE(refusal("q.fifo", "dlq.fifo").ok());
  EXPECT_THAT(
      store_.Create(Name("new"), {{"RedrivePolicy", Policy("dlq.fifo")}}, {}).failure().message,
      testing::HasSubstr(reason));
}

TEST_F(MovesTest, ADeadLetterQueueChoosesItsSources) {
  const struct {
    std::string policy;
    bool lets_in;
  } cases[] = {
      {R"({"redrivePermission":"denyAll"})", false},
      {R"({"redrivePermission":"allowAll"})", true},
      {R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + Arn("q2") + R"("]})", false},
      {R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + Arn("q") + R"("]})", true},
      {R"({"redrivePermission":"byQueue"})", false},
      {"", true},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(store_.SetAttributes(Name("dlq"), {{"RedriveAllowPolicy", c.policy}}).ok());
    EXPECT_EQ(store_.SetAttributes(Name("q"), {{"RedrivePolicy", Policy("dlq")}}).ok(), c.lets_in)
        << c.policy;
  }
  for (const std::string policy : {"x", "[]", "{}", R"({"redrivePermission":"some"})"}) {
    EXPECT_EQ(store_.SetAttributes(Name("dlq"), {{"RedriveAllowPolicy", policy}}).failure().type,
              "InvalidAttributeValue")
        << policy;
  }
}

}  // namespace
}  // namespace bauta::queue
