#include "core/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/pipeline_fixture.h"

namespace bauta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

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

TEST_F(PipelineTest, MessagesOfManyEventsAreWrittenInMoreBatches) {
  for (int i = 0; i < 50; ++i) source_.Push(std::to_string(i) + "many", "good");
  Pipeline::Options options = UntilEmpty();
  options.batch_rows = 150;
  Pipeline pipeline = Make(options);
  EXPECT_EQ(pipeline.Run({}).stopped, Stopped::kEmpty);
  EXPECT_EQ(source_.acked.size(), 50u);
  EXPECT_EQ(db_.most_events, 200u);  // Full, and the message that filled it.
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