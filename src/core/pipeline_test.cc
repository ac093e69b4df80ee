#include "core/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fakes/fake_source.h"

namespace bauta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// Bodies that begin with "bad" are refused; Rows need mapping/, so good events are refusals of a
// kind that FakeSink counts as inserted.
class FakeMapper : public Mapper {
 public:
  explicit FakeMapper(const std::string& kid) : kid_(kid) {}
  std::string BeginBatch() override { return kid_; }
  void Map(Message& message, Batch& batch) override {
    const bool bad = message.body.starts_with("bad");
    batch.deliveries.push_back({message.key, batch.arena.Copy(message.id), message.receive_count,
                                Sealable("{}", std::move(message.body))});
    Event event{static_cast<std::uint32_t>(batch.deliveries.size() - 1), 0, {}, {}};
    if (bad) event.refusal = Refusal{Reason::kRequiredMissing, "masked_ip"};
    const std::size_t events = batch.deliveries.back().id.ends_with("many") ? 100 : 1;
    batch.events.insert(batch.events.end(), events, event);
  }

 private:
  const std::string& kid_;
};

struct FakeDatabase {
  std::mutex mutex;
  std::set<std::string> ids;  // The ledger.
  std::deque<Error> errors;   // What the next writes fail with.
  bool down = false;
  std::set<std::string> locked;   // In another's hands: they are set aside.
  std::set<std::string> retired;  // Keys whose tokens it does not take.
  bool strict = false;            // Refuses rows whose id ends with "7", as a constraint would.
  int writes = 0, patient_writes = 0;
  std::size_t most_events = 0;  // In one write.
  std::function<void()> on_write = [] {};
};

class FakeSink : public Sink {
 public:
  explicit FakeSink(FakeDatabase& db) : db_(db) {}

  Result<Written> Write(Batch& batch) override {
    const std::lock_guard lock(db_.mutex);
    ++db_.writes;
    db_.patient_writes += batch.hurried ? 0 : 1;
    db_.most_events = std::max(db_.most_events, batch.events.size());
    db_.on_write();
    if (db_.down) return Retryable("no route to the database");
    if (!db_.errors.empty()) {
      const Error error = db_.errors.front();
      db_.errors.pop_front();
      return error;
    }
    batch.outlived = db_.retired.contains(batch.kid);
    if (batch.outlived) return Retryable("retired");
    if (db_.strict && Refuses(batch)) return Rejected("constraint");
    Written written;
    batch.aside.clear();
    for (std::uint32_t i = 0; i < batch.deliveries.size(); ++i) {
      const bool locked = db_.locked.contains(std::string(batch.deliveries[i].id));
      if (locked) batch.aside.push_back(i);
    }
    for (const Event& event : batch.events) {
      if (std::count(batch.aside.begin(), batch.aside.end(), event.delivery) > 0) {
        written.fates.push_back(Fate::kNone);
      } else if (!db_.ids.insert(std::string(batch.deliveries[event.delivery].id)).second) {
        written.fates.push_back(Fate::kRedelivered);
        ++written.redelivered;
      } else if (event.refusal) {
        written.fates.push_back(Fate::kQuarantined);
        written.refusals.push_back(*event.refusal);
      } else {
        written.fates.push_back(Fate::kInserted);
      }
    }
    return written;
  }

 private:
  static bool Refuses(Batch& batch) {
    batch.rejected.clear();
    for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
      Event& event = batch.events[i];
      if (event.refusal || !batch.deliveries[event.delivery].id.ends_with('7')) continue;
      event.refusal = Refusal{Reason::kConstraint, {}, "23514", "not_seven"};
      batch.rejected.push_back(i);
    }
    return !batch.rejected.empty();
  }

  FakeDatabase& db_;
};

class PipelineTest : public testing::Test {
 protected:
  Pipeline Make(Pipeline::Options options = {}, std::size_t workers = 1) {
    std::vector<Pipeline::Worker> parts;
    for (std::size_t i = 0; i < workers; ++i) {
      parts.push_back({std::make_unique<FakeMapper>(kid_), std::make_unique<FakeSink>(db_)});
    }
    return Pipeline(source_, std::move(parts), options);
  }
  static Pipeline::Options UntilEmpty() {
    Pipeline::Options options;
    options.until_empty = true;
    return options;
  }

  FakeSource source_;
  FakeDatabase db_;
  std::string kid_ = "k1";  // That the mappers use.
};

TEST_F(PipelineTest, AcksWhatHasAFateAndCountsIt) {
  source_.Push("a", "good");
  source_.Push("b", "bad");
  source_.Push("a", "good");
  Pipeline pipeline = Make(UntilEmpty());
  const Pipeline::Outcome outcome = pipeline.Run({});
  EXPECT_EQ(outcome.stopped, Stopped::kEmpty);
  EXPECT_TRUE(outcome.drained);
  EXPECT_TRUE(source_.closed);
  EXPECT_THAT(source_.acked, ElementsAre("a", "b", "a"));
  const RunCounts counts = pipeline.Counts();
  EXPECT_EQ(counts.received, 3u);
  EXPECT_EQ(counts.committed, 2u);
  EXPECT_EQ(counts.redelivered, 1u);
  EXPECT_EQ(counts.inserted, 1u);
  EXPECT_EQ(counts.quarantined, 1u);
  EXPECT_EQ(counts.by_reason[static_cast<std::size_t>(Reason::kRequiredMissing)], 1u);
}

TEST_F(PipelineTest, WritesAgainWhileTheSinkIsAway) {
  source_.Push("a", "good");
  db_.errors = {Retryable("away"), Retryable("away")};
  Pipeline pipeline = Make(UntilEmpty());
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_EQ(db_.writes, 3);
  EXPECT_THAT(source_.acked, ElementsAre("a"));
  EXPECT_THAT(source_.released_ids, IsEmpty());
}

TEST_F(PipelineTest, ReleasesWhatItHoldsWhenTheSinkRefusesForGood) {
  for (const ErrorCode code : {ErrorCode::kFatal, ErrorCode::kConfig}) {
    FakeSource source;
    source.Push("a", "good");
    db_.errors = {Error{code, "no such table", ""}};
    std::vector<Pipeline::Worker> parts;
    parts.push_back({std::make_unique<FakeMapper>(kid_), std::make_unique<FakeSink>(db_)});
    Pipeline pipeline(source, std::move(parts), UntilEmpty());
    const Pipeline::Outcome outcome = pipeline.Run({});
    EXPECT_EQ(outcome.stopped, Stopped::kError);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->message, "no such table");
    EXPECT_THAT(source.acked, IsEmpty());
    EXPECT_THAT(source.released_ids, ElementsAre("a"));
    EXPECT_EQ(source.released_too_early, 0u);
    const RunCounts counts = pipeline.Counts();
    EXPECT_EQ(counts.received, counts.released);
  }
}

TEST_F(PipelineTest, StopsWhenTheSourceFailsForGood) {
  source_.fail_with = ConfigError("no such queue");
  Pipeline pipeline = Make();
  const Pipeline::Outcome outcome = pipeline.Run({});
  EXPECT_EQ(outcome.stopped, Stopped::kError);
  EXPECT_EQ(outcome.error->message, "no such queue");
  EXPECT_TRUE(source_.closed);
}

TEST_F(PipelineTest, GivesBackWhatCouldNotBeWrittenWithinTheGrace) {
  source_.Push("a", "good");
  db_.down = true;
  Pipeline::Options options;
  options.grace = std::chrono::milliseconds(1);
  std::stop_source stop;
  db_.on_write = [&] { stop.request_stop(); };
  Pipeline pipeline = Make(options);
  const Pipeline::Outcome outcome = pipeline.Run(stop.get_token());
  EXPECT_EQ(outcome.stopped, Stopped::kSignal);
  EXPECT_FALSE(outcome.drained);
  EXPECT_THAT(source_.released_ids, ElementsAre("a"));
  EXPECT_EQ(source_.released_too_early, 0u);
}

TEST_F(PipelineTest, AStopFinishesTheBatchInHand) {
  std::stop_source stop;
  source_.Push("a", "good");
  db_.on_write = [&] { stop.request_stop(); };
  Pipeline pipeline = Make();
  const Pipeline::Outcome outcome = pipeline.Run(stop.get_token());
  EXPECT_EQ(outcome.stopped, Stopped::kSignal);
  EXPECT_TRUE(outcome.drained);
  EXPECT_EQ(source_.acked.size(), 1u);
  EXPECT_EQ(pipeline.Counts().committed, 1u);
}

TEST_F(PipelineTest, AStopGivesBackTheBatchesThatAreStillToCome) {
  for (int i = 0; i < 3; ++i) source_.Push(std::to_string(i) + "many", "good");
  Pipeline::Options options;
  options.batch_rows = 100;
  options.grace = std::chrono::milliseconds(0);
  std::stop_source stop;
  db_.on_write = [&] { stop.request_stop(); };
  Pipeline pipeline = Make(options);
  const Pipeline::Outcome outcome = pipeline.Run(stop.get_token());
  EXPECT_FALSE(outcome.drained);
  EXPECT_THAT(source_.acked, ElementsAre("0many"));
  EXPECT_THAT(source_.released_ids, ElementsAre("1many", "2many"));
}

TEST_F(PipelineTest, AnErrorGivesBackTheBatchesThatAreStillToCome) {
  for (int i = 0; i < 3; ++i) source_.Push(std::to_string(i) + "many", "good");
  db_.errors = {Fatal("no such table")};
  Pipeline::Options options;
  options.batch_rows = 100;
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kError);
  EXPECT_EQ(db_.writes, 1);
  EXPECT_EQ(source_.released_ids.size(), 3u);
}

TEST_F(PipelineTest, TheBrakeStopsBeforeAFloodIsQuarantined) {
  for (int i = 0; i < 2000; ++i) source_.Push(std::to_string(i), "bad");
  Pipeline pipeline = Make(UntilEmpty());
  const Pipeline::Outcome outcome = pipeline.Run({});
  EXPECT_EQ(outcome.stopped, Stopped::kError);
  EXPECT_THAT(outcome.error->message, HasSubstr("required_missing"));
  EXPECT_THAT(outcome.error->message, HasSubstr("masked_ip"));
  EXPECT_EQ(pipeline.Counts().quarantined, 0u);
  EXPECT_EQ(pipeline.Counts().released, pipeline.Counts().received);
  EXPECT_EQ(source_.released_too_early, 0u);
}

TEST_F(PipelineTest, TheBrakeLetsAFewThroughAndCanBeReleased) {
  for (int i = 0; i < 2000; ++i) source_.Push(std::to_string(i), i % 3 == 0 ? "bad" : "good");
  Pipeline few = Make(UntilEmpty());
  EXPECT_EQ(few.Run({}).stopped, Stopped::kEmpty);

  for (int i = 2000; i < 4000; ++i) source_.Push(std::to_string(i), "bad");
  Pipeline::Options options = UntilEmpty();
  options.stop_above = 1;
  Pipeline all = Make(options);
  EXPECT_EQ(all.Run({}).stopped, Stopped::kEmpty);
  EXPECT_EQ(all.Counts().quarantined, 2000u);
}

TEST_F(PipelineTest, WritesAgainWithoutWhatTheServerRefused) {
  for (int i = 0; i < 1000; ++i) source_.Push(std::to_string(i), i % 10 == 3 ? "bad" : "good");
  db_.strict = true;
  Pipeline pipeline = Make(UntilEmpty());
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_EQ(pipeline.Counts().committed, 1000u);
  EXPECT_EQ(pipeline.Counts().quarantined, 200u);
  EXPECT_EQ(pipeline.Counts().by_reason[static_cast<std::size_t>(Reason::kConstraint)], 100u);
}

TEST_F(PipelineTest, StopsWhenABatchIsRejectedAndNoRowIsToBlame) {
  source_.Push("a", "good");
  db_.errors = {Rejected("cannot be sealed")};
  Pipeline pipeline = Make(UntilEmpty());
  const Pipeline::Outcome outcome = pipeline.Run({});
  EXPECT_EQ(outcome.stopped, Stopped::kError);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->message, "cannot be sealed");
  EXPECT_THAT(source_.released_ids, ElementsAre("a"));
}

TEST_F(PipelineTest, TheBrakeCountsWhatTheServerRefuses) {
  for (int i = 0; i < 2000; ++i) source_.Push(std::to_string(i) + "7", "good");
  db_.strict = true;
  Pipeline pipeline = Make(UntilEmpty());
  const Pipeline::Outcome outcome = pipeline.Run({});
  EXPECT_EQ(outcome.stopped, Stopped::kError);
  EXPECT_THAT(outcome.error->message, HasSubstr("constraint (501 times) by not_seven"));
  EXPECT_EQ(pipeline.Counts().quarantined, 0u);
}

TEST_F(PipelineTest, WhatWasSetAsideIsTriedAgainWhileOthersGoOn) {
  for (int i = 0; i < 30; ++i) source_.Push(std::to_string(i), "good");
  db_.locked = {"3", "7", "8"};
  Pipeline::Options options = UntilEmpty();
  options.batch_rows = 10;
  options.aside_for = std::chrono::milliseconds(1);
  db_.on_write = [this] {  // Then one becomes free with each write.
    if (db_.writes > 3 && !db_.locked.empty()) db_.locked.erase(db_.locked.begin());
  };
  Pipeline pipeline = Make(options);
  const Pipeline::Outcome outcome = pipeline.Run({});
  EXPECT_EQ(outcome.stopped, Stopped::kEmpty);
  EXPECT_THAT(source_.acked, SizeIs(30));
  EXPECT_EQ(std::set<std::string>(source_.acked.begin(), source_.acked.end()).size(), 30u);
  EXPECT_EQ(pipeline.Counts().committed, 30u);
  EXPECT_EQ(pipeline.Counts().redelivered, 0u);
  EXPECT_EQ(pipeline.Counts().seen(), 30u);
}

TEST_F(PipelineTest, WhatIsAsideIsTriedTogetherAndDoesNotHoldUpWhatIsNew) {
  for (int i = 0; i < 100; ++i) source_.Push(std::to_string(i), "good");
  for (int i = 0; i < 100; i += 10) db_.locked.insert(std::to_string(i));
  Pipeline::Options options = UntilEmpty();
  options.batch_rows = 10;
  options.aside_for = std::chrono::milliseconds(0);
  db_.on_write = [this] {
    if (db_.ids.size() == 90 || db_.writes > 1000) db_.locked.clear();
  };
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_EQ(pipeline.Counts().committed, 100u);
  EXPECT_LE(db_.writes, 20);  // One for each batch, and after each one for all that is aside.
  EXPECT_EQ(db_.patient_writes, 1);
}

TEST_F(PipelineTest, WhatTheServerRefusesOfWhatWasAsideCountsForTheBrake) {
  for (int i = 0; i < 700; ++i) source_.Push("m" + std::to_string(i) + "7", "good");
  for (int i = 0; i < 700; ++i) db_.locked.insert("m" + std::to_string(i) + "7");
  Pipeline::Options options = UntilEmpty();
  options.aside_for = std::chrono::milliseconds(0);
  db_.on_write = [this] {
    db_.strict = db_.writes > 1;
    if (db_.strict) db_.locked.clear();
  };
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kError);
  EXPECT_THAT(source_.acked, IsEmpty());
  EXPECT_THAT(source_.released_ids, SizeIs(700));
}

TEST_F(PipelineTest, WhatIsStillAsideAtTheEndIsGivenBack) {
  for (int i = 0; i < 10; ++i) source_.Push(std::to_string(i), "good");
  db_.locked = {"3", "7"};
  Pipeline::Options options;
  options.idle = std::chrono::milliseconds(1);
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kIdle);
  EXPECT_THAT(source_.acked, SizeIs(8));
  EXPECT_THAT(source_.released_ids, UnorderedElementsAre("3", "7"));
  EXPECT_EQ(pipeline.Counts().released, 2u);
}

TEST_F(PipelineTest, MessagesOfManyEventsAreWrittenInMoreBatches) {
  for (int i = 0; i < 50; ++i) source_.Push(std::to_string(i) + "many", "good");
  Pipeline::Options options = UntilEmpty();
  options.batch_rows = 150;
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_EQ(source_.acked.size(), 50u);
  EXPECT_EQ(db_.most_events, 200u);  // Full, and the message that filled it.
}

TEST_F(PipelineTest, NoneOfALaterBatchOvertakesWhatAnEarlierOneSetAside) {
  for (const char* id : {"a1many", "a2many", "b1", "a3"}) source_.Push(id, "good", {id[0]});
  db_.locked = {"a1many"};
  db_.on_write = [this] {
    if (db_.writes == 3) db_.locked.clear();
  };
  Pipeline::Options options = UntilEmpty();
  options.batch_rows = 100;
  options.aside_for = std::chrono::milliseconds(0);
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_THAT(source_.acked, ElementsAre("b1", "a1many"));
  EXPECT_THAT(source_.released_ids, ElementsAre("a2many", "a3"));
}

TEST_F(PipelineTest, WhatOutlivedItsKeyComesAgainAndNothingOvertakesIt) {
  for (const char* id : {"a1many", "b1", "a2"}) source_.Push(id, "good", {id[0]});
  db_.on_write = [this] {
    if (db_.writes > 1) return;
    db_.retired = {"k1"};
    kid_ = "k2";
  };
  Pipeline::Options options = UntilEmpty();
  options.batch_rows = 3;
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_THAT(source_.acked, ElementsAre("b1"));
  EXPECT_THAT(source_.released_ids, ElementsAre("a1many", "a2"));
  EXPECT_EQ(source_.released_later, 2u);
  const RunCounts counts = pipeline.Counts();
  EXPECT_EQ(counts.received, counts.committed + counts.released);
  EXPECT_EQ(counts.seen(), 1u);
}

TEST_F(PipelineTest, HoldsWhatOutlivedItsKeyWhileThereIsNoOther) {
  source_.Push("a", "good");
  db_.retired = {"k1"};
  db_.on_write = [this] {
    if (db_.writes == 3) db_.retired.clear();
  };
  Pipeline pipeline = Make(UntilEmpty());
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_THAT(source_.acked, ElementsAre("a"));
  EXPECT_THAT(source_.released_ids, IsEmpty());
}

TEST_F(PipelineTest, WhatIsAsideKeepsItsKey) {
  for (const char* id : {"a many", "b"}) source_.Push(id, "good");
  db_.locked = {"a many", "b"};
  db_.on_write = [this] {
    if (db_.writes == 1) kid_ = "k2";  // That of the second.
    if (db_.writes != 3) return;
    db_.retired = {"k1"};
    db_.locked.clear();
  };
  Pipeline::Options options = UntilEmpty();
  options.batch_rows = 100;
  options.aside_for = std::chrono::milliseconds(0);
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_THAT(source_.acked, ElementsAre("b"));
  EXPECT_THAT(source_.released_ids, ElementsAre("a many"));
}

// "a5" is the fifth message of group a, whose events are good, bad or refused by the server.
class BlockedGroups : public PipelineTest {
 protected:
  void Push(const std::string& id, const std::string& body = "good", int receive_count = 1) {
    source_.Push(id, body, id.substr(0, 1), receive_count);
  }
  Pipeline::Options Block() {
    Pipeline::Options options = UntilEmpty();
    options.block_groups = true;
    options.stop_above = 1;
    return options;
  }
};

TEST_F(BlockedGroups, WhatTheMapperRefusesHoldsUpItsGroupAlone) {
  for (const char* id : {"a1", "b1", "a2"}) Push(id);
  Push("a3", "bad");
  for (const char* id : {"b2", "a4", "a5"}) Push(id);
  Push("c1", "bad");
  Pipeline pipeline = Make(Block());
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_THAT(source_.acked, ElementsAre("a1", "b1", "a2", "b2"));
  EXPECT_THAT(source_.released_ids, ElementsAre("a3", "a4", "a5", "c1"));
  EXPECT_EQ(source_.released_later, 4u);
  const RunCounts counts = pipeline.Counts();
  EXPECT_EQ(counts.received, counts.committed + counts.released);
  EXPECT_EQ(counts.committed, 4u);
  EXPECT_EQ(counts.quarantined, 0u);
  EXPECT_EQ(db_.ids.size(), 4u);
}

TEST_F(BlockedGroups, SoDoesWhatTheServerRefuses) {
  for (const char* id : {"a6", "a7", "a8", "b8", "c7"}) Push(id);
  db_.strict = true;  // Of ids with a 7.
  Pipeline pipeline = Make(Block());
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_THAT(source_.acked, ElementsAre("a6", "b8"));
  EXPECT_THAT(source_.released_ids, ElementsAre("a7", "a8", "c7"));
  EXPECT_EQ(pipeline.Counts().quarantined, 0u);
  EXPECT_EQ(db_.ids.size(), 2u);
}

TEST_F(BlockedGroups, OtherwiseItIsQuarantinedAndItsGroupGoesOn) {
  for (const char* id : {"a6", "a7", "a8"}) Push(id);
  db_.strict = true;
  Pipeline pipeline = Make(UntilEmpty());
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_THAT(source_.acked, ElementsAre("a6", "a7", "a8"));
  EXPECT_EQ(pipeline.Counts().quarantined, 1u);
}

TEST_F(BlockedGroups, ABatchOfNothingElseIsNotWritten) {
  Push("a1", "bad");
  Pipeline pipeline = Make(Block());
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_EQ(db_.writes, 0);
  EXPECT_THAT(source_.released_ids, ElementsAre("a1"));
}

TEST_F(BlockedGroups, TheBrakeStopsAFloodOfThemToo) {
  for (int i = 0; i < 2000; ++i) Push(std::string(1, static_cast<char>('a' + i % 26)), "bad");
  Pipeline::Options options = Block();
  options.stop_above = 0.5;
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kError);
  EXPECT_EQ(pipeline.Counts().released, pipeline.Counts().received);
}

TEST_F(BlockedGroups, WhatComesAgainAndAgainIsNoFlood) {
  db_.strict = true;  // Of ids with a 7.
  for (int i = 0; i < 1000; ++i) {
    Push("a", "bad", 2);
    Push("b7", "good", 2);
  }
  Pipeline::Options options = Block();
  options.stop_above = 0.5;
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_EQ(pipeline.Counts().released, 2000u);
}

TEST_F(PipelineTest, TakesNoMoreThanAsked) {
  for (int i = 0; i < 100; ++i) source_.Push(std::to_string(i), "good");
  Pipeline::Options options;
  options.max_messages = 7;
  Pipeline pipeline = Make(options, 3);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kLimit);
  EXPECT_EQ(pipeline.Counts().committed, 7u);
  EXPECT_THAT(source_.acked, SizeIs(7));
}

TEST_F(PipelineTest, EndsWhenNothingCameForAWhile) {
  Pipeline::Options options;
  options.idle = std::chrono::milliseconds(1);
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kIdle);
}

TEST_F(PipelineTest, ADryRunAcksNothingAndReleasesAllAtTheEnd) {
  source_.Push("a", "good");
  source_.Push("b", "bad");
  Pipeline::Options options;
  options.release_all = true;
  options.max_messages = 2;
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kLimit);
  EXPECT_THAT(source_.acked, IsEmpty());
  EXPECT_THAT(source_.released_ids, UnorderedElementsAre("a", "b"));
  EXPECT_EQ(source_.released_too_early, 0u);
  EXPECT_EQ(pipeline.Counts().committed, 0u);
  EXPECT_EQ(pipeline.Counts().released, 2u);
}

TEST_F(PipelineTest, ManyWorkersLoseNothing) {
  for (int i = 0; i < 20'000; ++i) source_.Push(std::to_string(i), "good");
  Pipeline::Options options = UntilEmpty();
  options.batch_rows = 100;
  Pipeline pipeline = Make(options, 4);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_EQ(pipeline.Counts().inserted, 20'000u);
  EXPECT_THAT(source_.acked, SizeIs(20'000));
}

}  // namespace
}  // namespace bauta
