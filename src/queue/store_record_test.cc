// What of a Store outlives the process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>

#include "fakes/fake_clock.h"
#include "queue/data_file.h"
#include "queue/store.h"

namespace bauta::queue {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class StoreRecordTest : public testing::Test {
 protected:
  StoreRecordTest()
      : directory_(fs::path(testing::TempDir()) /
                   ("store_record_" + std::to_string(getpid()) + "_" +
                    testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(directory_);
    Start();
  }
  ~StoreRecordTest() override {
    store_.reset();
    fs::remove_all(directory_);
  }
  StoreRecordTest(const StoreRecordTest&) = delete;
  StoreRecordTest& operator=(const StoreRecordTest&) = delete;

  void Start() {
    Result<std::unique_ptr<Journal>> journal = OpenDataFile(directory_);
    ASSERT_TRUE(journal.ok()) << journal.error().message;
    store_ = std::make_unique<Store>(Store::Options{}, clock_);
    const Result<> kept = store_->Keep(std::move(journal).value());
    ASSERT_TRUE(kept.ok()) << kept.error().message;
  }
  // All that was answered is durable.
  void Flush() {
    std::stop_source stop;
    stop.request_stop();
    store_->Record(stop.get_token());
  }
  void Restart(milliseconds down = milliseconds(0)) {
    Flush();
    store_.reset();
    clock_.Advance(down);
    Start();
  }

  static QueueName Name(const std::string& name) { return {"000000000000", "us-east-1", name}; }
  void Create(const std::string& name, const Attributes& attributes = {},
              const Attributes& tags = {}) {
    ASSERT_TRUE(store_->Create(Name(name), attributes, tags).ok());
  }
  Mailbox::Placed Send(const std::string& queue, const std::string& body,
                       const std::string& group = {}, std::optional<seconds> delay = {}) {
    auto content = std::make_shared<Content>();
    content->id = "id-" + body;
    content->body = body;
    if (!group.empty()) {
      content->extras.Set().group_id = group;
      content->extras.Set().deduplication_id = body;
    }
    const auto placed = store_->Send(Name(queue), {{content, delay}}).value();
    return placed.empty() ? Mailbox::Placed() : placed.front();
  }
  Store::Messages Receive(const std::string& queue, std::size_t max = 10,
                          std::optional<seconds> visibility = {}, const std::string& attempt = {}) {
    Store::Messages got;
    store_->Receive(Name(queue),
                    {.max = max, .visibility = visibility, .wait = seconds(0), .attempt = attempt},
                    [&](const Outcome<Store::Messages>& m) { got = m.value(); });
    return got;
  }
  static std::vector<std::string> Bodies(const Store::Messages& messages) {
    std::vector<std::string> bodies;
    for (const Received& m : messages) bodies.push_back(m.content->body);
    return bodies;
  }
  std::vector<std::string> ReceivedBodies(const std::string& queue, std::size_t max = 10) {
    return Bodies(Receive(queue, max));
  }
  Outcome<> Delete(const std::string& queue, const Received& message) {
    return store_->DeleteMessages(Name(queue), std::array{message.handle}).value().at(0);
  }
  Outcome<> Change(const std::string& queue, const Received& message, seconds timeout) {
    return store_
        ->ChangeVisibility(Name(queue), std::array{Store::Visibility{message.handle, timeout}})
        .value()
        .at(0);
  }
  // Visible, in flight, delayed.
  std::string Counts(const std::string& queue) {
    const Attributes a = store_->GetAttributes(Name(queue)).value();
    return a.at("ApproximateNumberOfMessages") + " " +
           a.at("ApproximateNumberOfMessagesNotVisible") + " " +
           a.at("ApproximateNumberOfMessagesDelayed");
  }
  static std::string Arn(const std::string& queue) { return ToArn(Name(queue)); }
  static std::string Redrive(const std::string& to, int receives) {
    return R"({"deadLetterTargetArn":")" + Arn(to) + R"(","maxReceiveCount":)" +
           std::to_string(receives) + "}";
  }

  const fs::path directory_;
  fakes::FakeClock clock_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreRecordTest, QueuesAreAsTheyWere) {
  Create("dead");
  Create("q", {{"VisibilityTimeout", "7"}}, {{"team", "a"}, {"gone", "x"}});
  Create("gone");
  ASSERT_TRUE(store_
                  ->SetAttributes(Name("q"), {{"RedrivePolicy", Redrive("dead", 3)},
                                              {"KmsMasterKeyId", "k"},
                                              {"DelaySeconds", "0"}})
                  .ok());
  ASSERT_TRUE(store_->AddPermission(Name("q"), {"label", {"111111111111"}, {"SendMessage"}}).ok());
  ASSERT_TRUE(store_->Tag(Name("q"), {{"more", "b"}}).ok());
  ASSERT_TRUE(store_->Untag(Name("q"), std::array<std::string, 1>{"gone"}).ok());
  ASSERT_TRUE(store_->Delete(Name("gone")).ok());
  const Attributes before = store_->GetAttributes(Name("q")).value();
  Restart(minutes(1));
  EXPECT_EQ(store_->GetAttributes(Name("q")).value(), before);
  EXPECT_THAT(store_->Tags(Name("q")).value(),
              ElementsAre(testing::Pair("more", "b"), testing::Pair("team", "a")));
  EXPECT_THAT(store_->List(Name(""), "", 10), ElementsAre("dead", "q"));
  EXPECT_THAT(store_->DeadLetterSources(Name("dead")).value(), ElementsAre("q"));

  // What is there is changed as before.
  ASSERT_TRUE(store_->RemovePermission(Name("q"), "label").ok());
  Restart();
  EXPECT_FALSE(store_->GetAttributes(Name("q")).value().contains("Policy"));
}

TEST_F(StoreRecordTest, MessagesComeInTheirOrderAndDeletedOnesDoNot) {
  Create("q");
  for (const char* body : {"a", "b", "c", "d"}) Send("q", body);
  Flush();
  Send("q", "e");
  const auto taken = Receive("q", 2);
  ASSERT_TRUE(Delete("q", taken[0]).ok());
  Restart();
  EXPECT_EQ(Counts("q"), "3 1 0");
  EXPECT_THAT(ReceivedBodies("q"), ElementsAre("c", "d", "e"));
  ASSERT_TRUE(Delete("q", taken[1]).ok()) << "a receipt handle of before";
  Restart(hours(1));
  EXPECT_THAT(ReceivedBodies("q"), ElementsAre("c", "d", "e"));
}

TEST_F(StoreRecordTest, WhatIsInFlightComesBackInItsTime) {
  Create("q");
  Send("q", "a");
  const Received first = Receive("q", 1, seconds(30)).at(0);
  Restart(seconds(29));
  EXPECT_EQ(Counts("q"), "0 1 0");
  clock_.Advance(seconds(1));
  const auto again = Receive("q", 1, seconds(30));
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].receives, 2u);
  EXPECT_EQ(again[0].first_received_ms, first.first_received_ms);
  EXPECT_EQ(again[0].sent_ms, first.sent_ms);
  EXPECT_NE(again[0].handle, first.handle);
  Restart(seconds(31));
  EXPECT_EQ(Counts("q"), "1 0 0") << "its time ended while nobody was there";
}

TEST_F(StoreRecordTest, VisibilityThatWasChangedHolds) {
  Create("q");
  for (const char* body : {"a", "b"}) Send("q", body);
  const auto taken = Receive("q", 2, seconds(30));
  ASSERT_TRUE(Change("q", taken[0], seconds(0)).ok());
  ASSERT_TRUE(Change("q", taken[1], hours(11)).ok());
  Restart(hours(2));
  EXPECT_EQ(Counts("q"), "1 1 0");
  EXPECT_FALSE(Change("q", taken[1], hours(11)).ok()) << "12 hours in all, from its receipt";
  EXPECT_TRUE(Change("q", taken[1], hours(9)).ok());
}

TEST_F(StoreRecordTest, DelayAndRetentionGoOn) {
  Create("q", {{"MessageRetentionPeriod", "60"}});
  Send("q", "a", {}, seconds(20));
  Restart(seconds(19));
  EXPECT_EQ(Counts("q"), "0 0 1");
  clock_.Advance(seconds(1));
  EXPECT_EQ(Counts("q"), "1 0 0");
  Restart(seconds(40));
  EXPECT_EQ(Counts("q"), "0 0 0");
  Restart();
  EXPECT_EQ(Counts("q"), "0 0 0");
}

TEST_F(StoreRecordTest, AClockThatWasSetBackHidesNothingForLong) {
  Create("q");
  Send("q", "a");
  Receive("q", 1, seconds(30));
  Restart(-hours(24 * 3650));
  clock_.Advance(hours(12));
  EXPECT_EQ(Counts("q"), "1 0 0");
}

TEST_F(StoreRecordTest, DeadLettersKeepWhereTheyCameFrom) {
  Create("dead");
  Create("q", {{"RedrivePolicy", Redrive("dead", 2)}});
  Send("q", "a");
  Receive("q", 1, seconds(0));
  Restart();
  Receive("q", 1, seconds(0));
  EXPECT_THAT(Receive("q"), IsEmpty()) << "the count goes on";
  Restart();
  const auto dead = Receive("dead");
  ASSERT_THAT(dead, SizeIs(1));
  EXPECT_EQ(dead[0].receives, 3u);
  ASSERT_NE(dead[0].dead_letter_source, nullptr);
  EXPECT_EQ(*dead[0].dead_letter_source, Arn("q"));
}

TEST_F(StoreRecordTest, AMoveTaskGoesOn) {
  Create("dead");
  Create("q", {{"RedrivePolicy", Redrive("dead", 1)}});
  for (const char* body : {"a", "b", "c"}) {
    Send("q", body);
    Receive("q", 1, seconds(0));
  }
  EXPECT_THAT(Receive("q"), IsEmpty());
  ASSERT_EQ(Counts("dead"), "3 0 0");
  const std::string handle = store_->StartMove(Arn("dead"), "", 1).value();
  store_->Tick();
  EXPECT_EQ(Counts("dead"), "2 0 0");
  Restart(hours(1));
  store_->Tick();
  store_->Tick();
  EXPECT_EQ(Counts("dead"), "1 0 0") << "at its pace, not as if it had been there";
  EXPECT_EQ(store_->CancelMove(handle).value(), 2u);
  Restart();
  const auto moves = store_->Moves(Arn("dead"), 10).value();
  ASSERT_THAT(moves, SizeIs(1));
  EXPECT_EQ(moves[0].status, MoveTask::Status::kCancelled);
  EXPECT_EQ(moves[0].moved, 2u);
  EXPECT_EQ(moves[0].to_move, 3u);
  EXPECT_THAT(ReceivedBodies("q"), ElementsAre("a", "b"));
}

TEST_F(StoreRecordTest, FifoOrderGroupsAndSequenceGoOn) {
  Create("q.fifo");
  for (const char* body : {"a1", "b1", "a2", "b2"}) Send("q.fifo", body, {body, 1});
  const auto taken = Receive("q.fifo", 1, seconds(60));
  ASSERT_THAT(Bodies(taken), ElementsAre("a1"));
  Restart();
  EXPECT_THAT(ReceivedBodies("q.fifo"), ElementsAre("b1", "b2")) << "group a waits for a1";
  ASSERT_TRUE(Delete("q.fifo", taken[0]).ok());
  const auto next = Receive("q.fifo");
  ASSERT_THAT(Bodies(next), ElementsAre("a2"));
  ASSERT_TRUE(Delete("q.fifo", next[0]).ok());
  Restart();
  EXPECT_GT(Send("q.fifo", "a3", "a").sequence, next[0].sequence);
}

TEST_F(StoreRecordTest, AFifoQueueRemembersWhatItWasSent) {
  for (const char* queue : {"q.fifo", "by_group.fifo"}) {
    const bool by_group = queue[0] == 'b';
    Create(queue, {{"DeduplicationScope", by_group ? "messageGroup" : "queue"}});
    // Too late for the queue to mind, here as there.
    ASSERT_TRUE(store_
                    ->SetAttributes(Name(queue),
                                    {{"DeduplicationScope", by_group ? "queue" : "messageGroup"}})
                    .ok());
    const Mailbox::Placed first = Send(queue, "a", "g");
    ASSERT_TRUE(Delete(queue, Receive(queue).at(0)).ok());
    Restart(minutes(4));
    const Mailbox::Placed again = Send(queue, "a", "g");
    EXPECT_EQ(again.id, first.id);
    EXPECT_EQ(again.sequence, first.sequence);
    EXPECT_EQ(Send(queue, "a", "h").sequence == first.sequence, !by_group);
    Restart(minutes(1));
    EXPECT_NE(Send(queue, "a", "g").sequence, first.sequence) << "five minutes are over";
  }
}

TEST_F(StoreRecordTest, AReceiveIsRepeatedAfterARestart) {
  Create("q.fifo");
  for (const char* body : {"a1", "b1", "a2"}) Send("q.fifo", body, {body, 1});
  const auto first = Receive("q.fifo", 10, seconds(30), "attempt");
  ASSERT_THAT(Bodies(first), ElementsAre("a1", "a2", "b1"));
  Restart(seconds(1));
  const auto again = Receive("q.fifo", 10, seconds(30), "attempt");
  EXPECT_EQ(Bodies(again), Bodies(first));
  ASSERT_THAT(again, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(again[i].handle, first[i].handle);
  ASSERT_TRUE(Delete("q.fifo", again[0]).ok());
  Restart();
  EXPECT_THAT(Receive("q.fifo", 10, seconds(30), "attempt"), IsEmpty()) << "not without a1";
}

TEST_F(StoreRecordTest, APurgeIsForGood) {
  Create("q");
  Create("q.fifo");
  Send("q", "a");
  Send("q.fifo", "a", "g");
  Flush();
  Send("q", "b");
  ASSERT_TRUE(store_->Purge(Name("q")).ok());
  ASSERT_TRUE(store_->Purge(Name("q.fifo")).ok());
  Send("q", "c");
  const auto sent = Send("q.fifo", "a", "g");
  Restart(seconds(59));
  EXPECT_THAT(ReceivedBodies("q"), ElementsAre("c"));
  EXPECT_EQ(Receive("q.fifo").at(0).sequence, sent.sequence) << "forgotten, and sent again";
  EXPECT_FALSE(store_->Purge(Name("q")).ok()) << "once a minute";
  clock_.Advance(seconds(1));
  EXPECT_TRUE(store_->Purge(Name("q")).ok());
}

TEST_F(StoreRecordTest, AHandleOfAQueueThatIsGoneIsNoneOfItsNamesake) {
  Create("q");
  Send("q", "a");
  const Received old = Receive("q").at(0);
  Flush();
  ASSERT_TRUE(store_->Delete(Name("q")).ok());
  Restart();
  Create("q");
  Send("q", "b");
  EXPECT_FALSE(Delete("q", old).ok());
  Restart();
  EXPECT_THAT(ReceivedBodies("q"), ElementsAre("b"));
}

TEST_F(StoreRecordTest, AHandleOfAMessageThatIsGoneIsNoneOfALaterOne) {
  Create("q");
  Send("q", "a");
  const Received old = Receive("q").at(0);
  ASSERT_TRUE(Delete("q", old).ok());
  Restart();
  Send("q", "b");
  EXPECT_TRUE(Delete("q", old).ok());
  EXPECT_THAT(ReceivedBodies("q"), ElementsAre("b"));
}

TEST_F(StoreRecordTest, AllGoneIsAllGone) {
  Create("q");
  Send("q", "a");
  Flush();
  store_->DeleteAll();
  Create("other");
  Restart();
  EXPECT_THAT(store_->List(Name(""), "", 10), ElementsAre("other"));
}

TEST_F(StoreRecordTest, RefusesAFileThatContradictsItself) {
  const struct {
    std::string what, reason;
    std::function<void(Changes&)> damage;
  } cases[] = {
      {"an attribute that no queue has", "a queue's attributes is not what it should be",
       [](Changes& c) { c.queues[0].attributes["VisibilityTimeout"] = "x"; }},
      {"a name that is none", "a queue's name is not what it should be",
       [](Changes& c) { c.queues[0].arn = "q"; }},
      {"an id to come", "a queue's name is not what it should be",
       [](Changes& c) { c.queues[0].id = 3; }},
      {"a message of no queue", "a queue's message is not what it should be",
       [](Changes& c) { c.mailboxes[0].queue = 2; }},
      {"a number to come", "a queue's count of messages is not what it should be",
       [](Changes& c) { c.mailboxes[0].counters.next = 0; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const fs::path directory = directory_ / "damaged";
    fs::remove_all(directory);
    Changes changes;
    changes.last_queue = 2;
    changes.queues.push_back(
        {.id = 1, .arn = Arn("q"), .attributes = {}, .tags = {}, .purged_ms = {}, .moves = {}});
    MessageRecord message;
    message.content = std::make_shared<Content>();
    changes.mailboxes.push_back({.queue = 1,
                                 .counters = {.next = 1, .receipts = 0},
                                 .added = {message},
                                 .changed = {},
                                 .gone = {},
                                 .sent = {}});
    c.damage(changes);
    ASSERT_TRUE(OpenDataFile(directory).value()->Write(changes).ok());
    Store store({}, clock_);
    const Result<> kept = store.Keep(OpenDataFile(directory).value());
    ASSERT_FALSE(kept.ok());
    EXPECT_EQ(kept.error().code, ErrorCode::kConfig);
    EXPECT_THAT(kept.error().message, testing::HasSubstr(c.reason));
  }
}

}  // namespace
}  // namespace bauta::queue
