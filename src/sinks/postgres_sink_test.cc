#include "sinks/postgres_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "fakes/sink_fixture.h"
#include "sealing/quarantine_record.h"

namespace bauta::sinks {
namespace {

using testing::ElementsAre;

TEST_F(PostgresSinkTest, WritesRowsKeysAndALine) {
  auto sink = Sink();
  Batch batch = Range(1, 500);
  const Result<Written> written = sink->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->fates, std::vector<Fate>(500, Fate::kInserted));
  EXPECT_EQ(written->redelivered, 0u);
  EXPECT_EQ(Rows(), 500);
  EXPECT_EQ(One("SELECT count(DISTINCT name) FROM t WHERE name = 'row ' || number"), 500);
  EXPECT_EQ(One("SELECT count(*) FROM bauta.ledger_32"), 500);  // 20,000 % 64
  EXPECT_EQ(Lines(), "500/0/500/500/0/0");
}

TEST_F(PostgresSinkTest, RepeatingABatchChangesNothing) {
  auto sink = Sink();
  for (int i = 0; i < 3; ++i) {
    Batch batch = Range(1, 10, i == 2 ? 5 : 1);  // By the key's conflict, and by the probe.
    const Result<Written> written = sink->Write(batch);
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_EQ(written->redelivered, i == 0 ? 0u : 10u);
    EXPECT_EQ(written->fates[3], i == 0 ? Fate::kInserted : Fate::kRedelivered);
  }
  EXPECT_EQ(Rows(), 10);
  EXPECT_EQ(Lines(), "10/0/10/10/0/0 0/10/0/0/0/0 0/10/0/0/0/0");
  ExpectSums();
}

TEST_F(PostgresSinkTest, WritesTheNewOnesOfAMixedBatch) {
  auto sink = Sink();
  Batch first = Range(1, 10);
  ASSERT_TRUE(sink->Write(first).ok());
  for (const int receive_count : {1, 2}) {
    const int from = receive_count * 10 - 4;
    Batch batch = Range(from, from + 9, receive_count);
    const Result<Written> written = sink->Write(batch);
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_EQ(written->redelivered, 5u) << receive_count;
    EXPECT_EQ(written->fates.front(), Fate::kInserted);
    EXPECT_EQ(written->fates.back(), Fate::kRedelivered);
    Batch gap = Range(from + 10, from + 14);
    ASSERT_TRUE(sink->Write(gap).ok());
  }
  EXPECT_EQ(One("SELECT count(*) - count(DISTINCT name) FROM t"), 0);
  ExpectSums();
}

// It stands still in the middle of a COPY, with the key of message 1 in its hands.
TEST_F(PostgresSinkTest, NothingOvertakesInAGroupWhatIsSetAside) {
  Result<pg::Connection> other = pg::Connection::Open(
      {.url = fakes::TempPostgres::Instance().url(database_), .application_name = "other"});
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(other
                  ->Run("BEGIN; INSERT INTO bauta.ledger SELECT " + std::to_string(20'000 * kDay) +
                        ", '" + ToString(Id(2)) + "', id, 32 FROM bauta.pipeline")
                  .ok());
  BatchMaker maker;
  const char* const groups[] = {"a", "a", "b", "a", "", "b"};
  for (int i = 0; i < 6; ++i) maker.Message(i + 1).Group(groups[i]).Row("row", i + 1);
  Batch batch = maker.Take();
  auto sink = Sink();
  const Result<Written> written = sink->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(batch.aside, (std::vector<std::uint32_t>{1, 3}));
  EXPECT_EQ(One("SELECT count(*) FROM t WHERE number IN (1, 3, 5, 6)"), 4);
  EXPECT_EQ(Rows(), 4);

  Batch rest;
  TakeAside(batch, rest);
  batch = Batch();
  ASSERT_TRUE(other->Rollback());
  ASSERT_TRUE(sink->Write(rest).ok());
  EXPECT_TRUE(rest.aside.empty());
  EXPECT_EQ(Rows(), 6);
}

TEST_F(PostgresSinkTest, SetsAsideWhatAFrozenNeighbourHolds) {
  Result<pg::Connection> frozen = pg::Connection::Open(
      {.url = fakes::TempPostgres::Instance().url(database_), .application_name = "bauta"});
  ASSERT_TRUE(frozen.ok());
  const std::int64_t sent_ms = 20'000 * kDay;
  ASSERT_TRUE(frozen
                  ->Run("BEGIN; INSERT INTO bauta.ledger SELECT " + std::to_string(sent_ms) +
                        ", '" + ToString(Id(1)) + "', id, 32 FROM bauta.pipeline")
                  .ok());
  ASSERT_TRUE(frozen->Run("COPY t (name) FROM STDIN").ok());

  Batch batch = BatchMaker()
                    .Message(1)
                    .Row("held", 1)
                    .Message(2)
                    .Row("free", 2)
                    .Message(3)
                    .Refused(Reason::kBadDate)
                    .Take();
  auto patient = Sink();
  const Result<Written> written = patient->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(batch.aside, std::vector<std::uint32_t>{0});
  EXPECT_EQ(written->fates, (std::vector{Fate::kNone, Fate::kInserted, Fate::kQuarantined}));
  EXPECT_EQ(written->refusals.size(), 1u);
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(One("SELECT sum(messages) FROM bauta.batch"), 2);

  Batch rest;
  TakeAside(batch, rest);
  batch = Batch();
  rest.hurried = true;
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(patient->Write(rest).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4));
  EXPECT_EQ(rest.aside, std::vector<std::uint32_t>{0});
  EXPECT_EQ(Rows(), 1);

  auto hasty = Sink(std::chrono::seconds(0));
  Result<Written> last = hasty->Write(rest);
  for (int i = 0; i < 5 && !(last.ok() && rest.aside.empty()); ++i) last = hasty->Write(rest);
  ASSERT_TRUE(last.ok()) << last.error().message;
  EXPECT_EQ(last->fates, std::vector{Fate::kInserted});
  EXPECT_EQ(One("SELECT count(*) FROM t WHERE name = 'held'"), 1);
  EXPECT_EQ(Rows(), 2);
  EXPECT_EQ(Ledger(), 3);
  EXPECT_EQ(One("SELECT sum(messages) FROM bauta.batch"), 3);
}

TEST_F(PostgresSinkTest, TakesTwinsOnce) {
  auto sink = Sink();
  Batch batch = BatchMaker().Message(1).Row("a").Message(2).Row("b").Message(1).Row("a").Take();
  const Result<Written> written = sink->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_THAT(written->fates, ElementsAre(Fate::kInserted, Fate::kInserted, Fate::kRedelivered));
  EXPECT_EQ(Lines(), "2/1/2/2/0/0");
  ExpectSums();
}

TEST_F(PostgresSinkTest, QuarantinesWhatTheRecipientCanOpen) {
  auto sink = Sink();
  Batch batch = BatchMaker()
                    .Message(1)
                    .Row("good")
                    .Message(2)
                    .Refused(Reason::kRequiredMissing, "name")
                    .Message(3)
                    .Refused(Reason::kNotJson)
                    .Take();
  const Result<Written> written = sink->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_THAT(written->fates, ElementsAre(Fate::kInserted, Fate::kQuarantined, Fate::kQuarantined));
  ASSERT_EQ(written->refusals.size(), 2u);
  EXPECT_EQ(written->refusals[0].column, "name");
  EXPECT_EQ(Lines(), "3/0/3/1/0/2");
  EXPECT_EQ(Ledger(), 3);

  const auto rows = db_->Query(
      "SELECT reason, column_name, message_id_text, recipient, state, sealed, sent_ms, item "
      "FROM bauta.quarantine ORDER BY id");
  ASSERT_EQ(rows->size(), 2);
  EXPECT_EQ(rows->Text(0, 0), "required_missing");
  EXPECT_EQ(rows->Text(0, 1), "name");
  EXPECT_TRUE(rows->IsNull(1, 1));
  EXPECT_EQ(rows->Text(0, 3), "q1");
  EXPECT_EQ(rows->Bytes(0, 5).find("body of"), std::string::npos);
  const sealing::RecordPlace place{"p", rows->Text(0, 2), rows->Int(0, 6), 0};
  const auto opened = sealing::OpenQuarantineRecord(identity_, place, rows->Bytes(0, 5));
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(opened->body, "body of message-2");

  Batch again = BatchMaker().Message(2, 2).Refused(Reason::kRequiredMissing, "name").Take();
  EXPECT_EQ(sink->Write(again)->redelivered, 1u);
  EXPECT_EQ(One("SELECT count(*) FROM bauta.quarantine"), 2);
}

TEST_F(PostgresSinkTest, KeepsAMessagesEventsTogether) {
  auto sink = Sink();
  Batch batch = BatchMaker().Message(1).Row("a").Refused(Reason::kTooLong, "name").Row("b").Take();
  ASSERT_TRUE(sink->Write(batch).ok());
  EXPECT_EQ(Lines(), "1/0/3/2/0/1");
  EXPECT_EQ(One("SELECT item FROM bauta.quarantine"), 1);
}

TEST_F(PostgresSinkTest, TwoSinksWithTheSameMessagesMakeOneRowEach) {
  auto a = Sink(), b = Sink();
  std::size_t redelivered = 0;
  const auto load = [](PostgresSink& sink, std::size_t& again) {
    for (int from = 0; from < 20; ++from) {
      Batch batch = Range(from * 10, from * 10 + 29);
      Result<Written> written = sink.Write(batch);
      while (!written.ok() && written.error().code == ErrorCode::kRetryable) {
        written = sink.Write(batch);
      }
      if (!written.ok()) return ADD_FAILURE() << written.error().message;
      again += written->redelivered;
    }
  };
  std::size_t other = 0;
  {
    std::jthread one([&] { load(*a, redelivered); });
    std::jthread two([&] { load(*b, other); });
  }
  EXPECT_EQ(Rows(), 220);
  EXPECT_EQ(redelivered + other, 2u * 20 * 30 - 220);
  EXPECT_EQ(One("SELECT sum(redelivered) FROM bauta.batch"),
            static_cast<std::int64_t>(redelivered + other));
  ExpectSums();
}

TEST_F(PostgresSinkTest, ReconnectsAfterALostConnection) {
  auto sink = Sink();
  Batch batch = Range(1, 5);
  Terminate("true");
  const Result<Written> lost = sink->Write(batch);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, ErrorCode::kRetryable);
  const Result<Written> written = sink->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->fates.front(), Fate::kInserted);
  ExpectSums();
}

// What fires at SET CONSTRAINTS leaves something to wait for at COMMIT, and there the backend is
// cut.
TEST_F(PostgresSinkTest, WritesAgainWhatWasCutInCommit) {
  auto sink = Sink();
  ASSERT_TRUE(db_->Query("CREATE TABLE late (a int);"
                         "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
                         "$$BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END$$;"
                         "CREATE CONSTRAINT TRIGGER w AFTER INSERT ON late DEFERRABLE INITIALLY "
                         "DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();"
                         "CREATE FUNCTION defer() RETURNS trigger LANGUAGE plpgsql AS "
                         "$$BEGIN SET CONSTRAINTS w DEFERRED; INSERT INTO late VALUES (1); "
                         "RETURN NULL; END$$;"
                         "CREATE CONSTRAINT TRIGGER d AFTER INSERT ON t DEFERRABLE INITIALLY "
                         "DEFERRED FOR EACH ROW EXECUTE FUNCTION defer();"
                         "SELECT pg_advisory_lock(42)")
                  .ok());
  Batch batch = Range(1, 3);
  Result<Written> written = Fatal("not written");
  {
    std::jthread writer([&] { written = sink->Write(batch); });
    AwaitBlocked("wait_event_type = 'Lock' AND query = 'COMMIT'");
    Terminate("true");
  }
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kRetryable);
  ASSERT_TRUE(db_->Query("SELECT pg_advisory_unlock(42)").ok());
  const Result<Written> again = sink->Write(batch);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->fates, std::vector<Fate>(3, Fate::kInserted));
  EXPECT_EQ(Lines(), "3/0/3/3/0/0");
  ExpectSums();
}

// A COMMIT that waits for a replica that never comes is committed here already: cut then, its
// answer is lost (terminated) or a warning (cancelled).
class InDoubtTest : public PostgresSinkTest {
 protected:
  void WaitForReplica(bool wait) {
    ASSERT_TRUE(db_->Query(std::string("ALTER SYSTEM SET synchronous_standby_names = ") +
                           (wait ? "'nobody'" : "''"))
                    .ok());
    ASSERT_TRUE(db_->Query("SELECT pg_reload_conf()").ok());
    while (CommitWaits() != wait) std::this_thread::yield();
  }

 private:
  // The setting takes effect when the checkpointer has read it, which nothing shows but a COMMIT.
  bool CommitWaits() {
    pg::Connection probe = Connect(database_);
    const std::string pid = std::to_string(probe.Query("SELECT pg_backend_pid()")->Int(0, 0));
    std::atomic<bool> done = false;
    std::jthread commit([&] {
      EXPECT_TRUE(probe.Query("SELECT pg_logical_emit_message(true, '', '')").ok());
      done = true;
    });
    bool waits = false;
    while (!done) {
      if (One("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid = " +
              pid) == 0) {
        continue;
      }
      waits = true;
      EXPECT_TRUE(db_->Query("SELECT pg_cancel_backend(" + pid + ")").ok());
    }
    return waits;
  }
};

TEST_F(InDoubtTest, FindsTheLineOfACommitWhoseAnswerWasLost) {
  auto sink = Sink();
  for (const char* cut : {"pg_terminate_backend", "pg_cancel_backend"}) {
    SCOPED_TRACE(cut);
    const int first = std::string_view(cut) == "pg_cancel_backend" ? 10 : 1;
    WaitForReplica(true);
    Batch batch = Range(first, first + 2);
    Result<Written> written = Fatal("not written");
    {
      std::jthread writer([&] { written = sink->Write(batch); });
      AwaitBlocked("wait_event = 'SyncRep'");
      ASSERT_TRUE(db_->Query(std::string("SELECT ") + cut +
                             "(pid) FROM pg_stat_activity WHERE application_name = 'sink'")
                      .ok());
    }
    WaitForReplica(false);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::kRetryable);
    EXPECT_EQ(Rows(), first == 1 ? 3 : 6);  // It was committed.

    const Result<Written> again = sink->Write(batch);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->fates, std::vector<Fate>(3, Fate::kInserted));
    EXPECT_EQ(Rows(), first == 1 ? 3 : 6);
    ExpectSums();
  }
}

TEST_F(InDoubtTest, ForgetsTheDoubtForAnotherBatch) {
  auto sink = Sink();
  WaitForReplica(true);
  Batch batch = Range(1, 3);
  {
    std::jthread writer([&] { EXPECT_FALSE(sink->Write(batch).ok()); });
    AwaitBlocked("wait_event = 'SyncRep'");
    Terminate("true");
  }
  WaitForReplica(false);
  Batch other = Range(2, 5);
  const Result<Written> written = sink->Write(other);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->redelivered, 2u);
  EXPECT_EQ(Rows(), 5);
  ExpectSums();
}

TEST_F(PostgresSinkTest, QuarantinesWhatIsOlderThanTheHorizon) {
  auto sink = Sink();
  Batch first = Range(1, 3);
  ASSERT_TRUE(sink->Write(first).ok());
  // The horizon rises while the sink is open: it learns of it inside its next transaction.
  ASSERT_TRUE(
      db_->Exec("UPDATE bauta.meta SET horizon_ms = $1", pg::Params().Int64(20'000 * kDay + 1))
          .ok());
  const auto late = [] {
    return BatchMaker().Message(7).Row("late").Message(8, 1, 20'001 * kDay).Row("new").Take();
  };
  Batch batch = late();
  const Result<Written> written = sink->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_THAT(written->fates, ElementsAre(Fate::kQuarantined, Fate::kInserted));
  EXPECT_EQ(written->refusals[0].reason, Reason::kIdentityExpired);
  EXPECT_EQ(One("SELECT count(*) FROM bauta.quarantine WHERE reason = 'identity_expired'"), 1);
  EXPECT_EQ(Ledger(), 4);

  Batch again = late();
  EXPECT_EQ(sink->Write(again)->redelivered, 2u);
  EXPECT_EQ(Rows(), 4);
  EXPECT_EQ(Lines(), "3/0/3/3/0/0 1/0/2/1/0/1 0/2/0/0/0/0");
  ExpectSums();
}

TEST_F(PostgresSinkTest, EventKeysExpireInSlices) {
  auto sink = Sink();
  ASSERT_TRUE(db_->Query("INSERT INTO bauta.event_key (key, pipeline, body_tag, first_seen) SELECT "
                         "gen_random_uuid(), 1, 'x', now() - days * interval '1d' FROM (SELECT 99 "
                         "FROM generate_series(1, 100001) UNION ALL SELECT 1) AS v(days)")
                  .ok());
  EXPECT_TRUE(sink->Expire().value());
  EXPECT_EQ(One("SELECT count(*) FROM bauta.event_key"), 2);
  EXPECT_FALSE(sink->Expire().value());
  EXPECT_EQ(One("SELECT count(*) FROM bauta.event_key"), 1);
}

TEST_F(PostgresSinkTest, KeepsHouse) {
  auto sink = Sink();
  ASSERT_TRUE(db_->Query("INSERT INTO bauta.batch VALUES (gen_random_uuid(), 1, 'w', 'queue', "
                         "now() - interval '99d', 0, 0, 0, 0, 0, 0)")
                  .ok());
  Batch batch = Range(1, 3);
  ASSERT_TRUE(sink->Write(batch).ok());
  for (int i = 0; i < 64; ++i) {
    const Result<bool> expired = sink->Expire();
    ASSERT_TRUE(expired.ok()) << expired.error().message;
  }
  EXPECT_EQ(One("SELECT count(*) FROM bauta.batch"), 1);
  EXPECT_EQ(Ledger(), 3);
  EXPECT_EQ(One("SELECT horizon_ms FROM bauta.meta"), (20'000 - 35) * kDay);
}

}  // namespace
}  // namespace bauta::sinks
