#include "sinks/replay_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "fakes/temp_postgres.h"
#include "schema/schema.h"
#include "sinks/postgres_sink.h"

// The real one is the mapping's, which this program does not link.
namespace bauta::mapping {
class RowMaker {
 public:
  static Row Make(std::span<const Value> values) { return Row(values); }
};
}  // namespace bauta::mapping

namespace bauta::sinks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

pg::Connection Connect(const std::string& database) {
  Result<pg::Connection> c =
      pg::Connection::Open({.url = fakes::TempPostgres::Instance().url(database)});
  if (!c.ok()) ADD_FAILURE() << c.error().message;
  return std::move(c).value();
}

// A table t(number), small numbers only, and entries 1 to 4 of the quarantine of pipeline p.
class ReplaySinkTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_POSTGRES();
    static int n = 0;
    database_ = "replay_test_" + std::to_string(++n);
    ASSERT_TRUE(Connect("postgres").Query("CREATE DATABASE " + database_).ok());
    db_.emplace(Connect(database_));
    ASSERT_TRUE(
        db_->Query("CREATE TABLE t (number int CONSTRAINT small CHECK (number < 1000))").ok());
    schema::Registry registry;
    registry.pipeline = "p";
    registry.queue = "q";
    registry.target = "t";
    ASSERT_TRUE(schema::Init(*db_, registry, {}).ok());
    ASSERT_TRUE(db_->Query("INSERT INTO bauta.quarantine (pipeline, sent_ms, message_id, "
                           "message_id_text, reason, receive_count, recipient, sealed) "
                           "SELECT 1, i, gen_random_uuid(), 'm', 'too_long', 1, 'q1', 'x' "
                           "FROM generate_series(1, 4) i")
                    .ok());
  }

  ReplaySink Sink(pg::Connection& connection) {
    return ReplaySink::Make(connection, "p", *ReadTableSchema(*db_, "t"), {"number"}).value();
  }
  ReplayRow RowOf(std::int64_t id, std::int64_t number) {
    Value& value = values_.emplace_back();
    value.kind = Value::Kind::kInteger;
    value.integer = number;
    return {id, {mapping::RowMaker::Make({&value, 1})}};
  }
  std::string Text(const std::string& sql) {
    const Result<pg::Rows> rows = db_->Query(sql);
    if (!rows.ok()) ADD_FAILURE() << rows.error().message;
    return rows.ok() ? rows->String(0, 0) : "";
  }
  std::string Numbers() {
    return Text("SELECT string_agg(number::text, ' ' ORDER BY number) FROM t");
  }
  std::string Held() {
    return Text(
        "SELECT string_agg(id::text, ' ' ORDER BY id) FROM bauta.quarantine "
        "WHERE state = 'held' AND sealed IS NOT NULL");
  }

  std::string database_;
  std::optional<pg::Connection> db_;
  std::deque<Value> values_;
};

TEST_F(ReplaySinkTest, GivesManyTheirRowsOnceAndKeepsNoBody) {
  ReplaySink sink = Sink(*db_);
  const std::vector<ReplayRow> rows = {RowOf(1, 11), RowOf(3, 13)};
  const Result<ReplayOutcome> first = sink.Replay(rows);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_THAT(first->replayed, ElementsAre(1, 3));
  EXPECT_EQ(Numbers(), "11 13");
  EXPECT_EQ(Held(), "2 4");
  EXPECT_EQ(Text("SELECT count(*) FROM bauta.quarantine WHERE state = 'replayed' AND sealed IS "
                 "NULL AND state_by = current_user"),
            "2");

  const std::vector<ReplayRow> more = {RowOf(1, 11), RowOf(2, 12), RowOf(3, 13)};
  EXPECT_THAT(sink.Replay(more)->replayed, ElementsAre(2));
  EXPECT_EQ(Numbers(), "11 12 13");
  EXPECT_THAT(sink.Replay(more)->replayed, IsEmpty());
  EXPECT_EQ(Text("SELECT string_agg(concat_ws('/', origin, messages, redelivered, events, "
                 "inserted, duplicate, quarantined), ' ' ORDER BY at) FROM bauta.batch"),
            "replay/0/0/2/2/0/0 replay/0/0/1/1/0/0");
}

// A body that was refused as a whole, and holds several events after all, or none.
TEST_F(ReplaySinkTest, GivesARecordAllOfItsRowsOrNone) {
  ReplaySink sink = Sink(*db_);
  std::vector<ReplayRow> rows = {RowOf(1, 11), RowOf(2, 12), {3, {}}};
  rows[0].rows.push_back(RowOf(1, 21).rows[0]);
  EXPECT_THAT(sink.Replay(rows)->replayed, ElementsAre(1, 2, 3));
  EXPECT_EQ(Numbers(), "11 12 21");
  EXPECT_EQ(Held(), "4");
  EXPECT_EQ(Text("SELECT concat_ws('/', events, inserted) FROM bauta.batch"), "3/3");

  std::vector<ReplayRow> bad = {RowOf(4, 31)};
  bad[0].rows.push_back(RowOf(4, 5000).rows[0]);
  ASSERT_TRUE(sink.Replay(bad)->refused);
  EXPECT_EQ(Numbers(), "11 12 21");
  EXPECT_EQ(Held(), "4");
}

TEST_F(ReplaySinkTest, DoesNothingWhereTheServerRefusesOneRow) {
  ReplaySink sink = Sink(*db_);
  const std::vector<ReplayRow> rows = {RowOf(1, 11), RowOf(2, 5000)};
  const Result<ReplayOutcome> outcome = sink.Replay(rows);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  ASSERT_TRUE(outcome->refused);
  EXPECT_EQ(outcome->refused->reason, Reason::kConstraint);
  EXPECT_EQ(outcome->refused->sqlstate, "23514");
  EXPECT_EQ(outcome->refused->constraint, "small");
  EXPECT_EQ(Held(), "1 2 3 4");
  EXPECT_EQ(Numbers(), "");
  EXPECT_THAT(sink.Replay(std::span(rows).first(1))->replayed, ElementsAre(1));
}

TEST_F(ReplaySinkTest, SaysWhereATriggerSwallowsARow) {
  ASSERT_TRUE(db_->Query("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS "
                         "$$BEGIN RETURN NULL; END$$; CREATE TRIGGER s BEFORE INSERT ON t "
                         "FOR EACH ROW EXECUTE FUNCTION f()")
                  .ok());
  ReplaySink sink = Sink(*db_);
  const std::vector<ReplayRow> rows = {RowOf(1, 11)};
  EXPECT_EQ(sink.Replay(rows)->refused->reason, Reason::kRowSuppressed);
  EXPECT_EQ(Held(), "1 2 3 4");
}

// What the table does not know as a name may be a value.
TEST_F(ReplaySinkTest, NotesNoNamesThatATriggerMadeUp) {
  ASSERT_TRUE(db_->Query("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE "
                         "EXCEPTION 'no' USING ERRCODE = '23514', COLUMN = NEW.number, "
                         "CONSTRAINT = NEW.number; END$$; CREATE TRIGGER s BEFORE INSERT ON t "
                         "FOR EACH ROW EXECUTE FUNCTION f()")
                  .ok());
  ReplaySink sink = Sink(*db_);
  const std::vector<ReplayRow> rows = {RowOf(1, 11)};
  const Result<ReplayOutcome> outcome = sink.Replay(rows);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  ASSERT_TRUE(outcome->refused);
  EXPECT_EQ(outcome->refused->sqlstate, "23514");
  EXPECT_EQ(outcome->refused->constraint, "");
  EXPECT_EQ(outcome->refused->column, "");
  EXPECT_EQ(Held(), "1 2 3 4");
}

TEST_F(ReplaySinkTest, NamesAColumnOfTheTable) {
  ASSERT_TRUE(db_->Query("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
                         "NEW.number := NULL; RETURN NEW; END$$; CREATE TRIGGER s BEFORE INSERT "
                         "ON t FOR EACH ROW EXECUTE FUNCTION f(); "
                         "ALTER TABLE t ALTER number SET NOT NULL")
                  .ok());
  ReplaySink sink = Sink(*db_);
  const std::vector<ReplayRow> rows = {RowOf(1, 11)};
  EXPECT_EQ(sink.Replay(rows)->refused->column, "number");
}

// The bytes of a COPY carry no types: those of an integer are as good a real.
TEST_F(ReplaySinkTest, WritesNothingIntoATableThatHasChanged) {
  ReplaySink sink = Sink(*db_);
  ASSERT_TRUE(db_->Query("ALTER TABLE t ALTER number TYPE real").ok());
  const std::vector<ReplayRow> rows = {RowOf(1, 11)};
  const Result<ReplayOutcome> outcome = sink.Replay(rows);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kConfig);
  EXPECT_THAT(outcome.error().hint, HasSubstr("again"));
  EXPECT_EQ(Held(), "1 2 3 4");
  EXPECT_EQ(Numbers(), "");
}

// Between the reading of the table, for which the values are mapped, and the making of the sink.
TEST_F(ReplaySinkTest, IsNotMadeForATableThatHasChanged) {
  const TableSchema table = *ReadTableSchema(*db_, "t");
  ASSERT_TRUE(db_->Query("ALTER TABLE t ALTER number TYPE real").ok());
  EXPECT_EQ(ReplaySink::Make(*db_, "p", table, {"number"}).error().code, ErrorCode::kConfig);
}

// What another replay has in its hands is neither waited for nor done twice.
TEST_F(ReplaySinkTest, LeavesWhatAnotherHasInItsHands) {
  pg::Connection other = Connect(database_);
  ASSERT_TRUE(other.Query("BEGIN; SELECT FROM bauta.quarantine WHERE id = 2 FOR UPDATE").ok());
  ReplaySink sink = Sink(*db_);
  const std::vector<ReplayRow> rows = {RowOf(1, 11), RowOf(2, 12)};
  EXPECT_THAT(sink.Replay(rows)->replayed, ElementsAre(1));
  EXPECT_EQ(Numbers(), "11");
  ASSERT_TRUE(other.Rollback());
  EXPECT_EQ(Held(), "2 3 4");
}

TEST_F(ReplaySinkTest, TouchesNoOtherPipeline) {
  ASSERT_TRUE(db_->Query("UPDATE bauta.quarantine SET pipeline = 7 WHERE id = 1").ok());
  ReplaySink sink = Sink(*db_);
  const std::vector<ReplayRow> rows = {RowOf(1, 11)};
  EXPECT_THAT(sink.Replay(rows)->replayed, IsEmpty());
  EXPECT_EQ(Numbers(), "");
  EXPECT_EQ(ReplaySink::Make(*db_, "unknown", *ReadTableSchema(*db_, "t"), {"number"}).error().code,
            ErrorCode::kConfig);
}

}  // namespace
}  // namespace bauta::sinks
