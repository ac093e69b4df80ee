// What is set aside, given back or held up: pipeline_leftovers.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/pipeline_fixture.h"

namespace bauta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

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

}  // namespace
}  // namespace bauta
