#include "sinks/event_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>
#include <span>
#include <thread>

#include "fakes/sink_fixture.h"
#include "sinks/replay_sink.h"

namespace bauta::sinks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

EventKey MakeKey(int n, int body = 0) {
  EventKey key{Id(n), {}};
  key.body_tag[0] = static_cast<std::uint8_t>(body);
  return key;
}

TEST(KeyClaims, TheFirstHasTheKey) {
  const EventKey a = MakeKey(7), b = MakeKey(3), other_a = MakeKey(7, 1);
  const KeyClaims claims({&a, nullptr, &b, &a, &other_a, &b});
  EXPECT_THAT(claims.Firsts(), ElementsAre(b, a));
  const SecondComers second = claims.Settle({});
  EXPECT_THAT(second.duplicates, ElementsAre(3, 5));
  EXPECT_THAT(second.reused, ElementsAre(4));
  EXPECT_THAT(second.reused_for_good, IsEmpty());
}

TEST(KeyClaims, WhoeverWasThereBeforeHasTheKey) {
  const EventKey a = MakeKey(7), b = MakeKey(3), other_a = MakeKey(7, 1);
  const KeyClaims claims({&a, &other_a, &b});
  const SecondComers second = claims.Settle(std::vector{MakeKey(1), other_a});
  EXPECT_THAT(second.duplicates, ElementsAre(1));
  EXPECT_THAT(second.reused, ElementsAre(0));
  EXPECT_THAT(second.reused_for_good, ElementsAre(0));
  EXPECT_TRUE(KeyClaims({nullptr}).empty());
}

class EventKeysTest : public PostgresSinkTest {
 protected:
  // Writes again what turned out to be refused, as the pipeline does.
  static Written Write(PostgresSink& sink, Batch batch) {
    for (int i = 0; i < 3; ++i) {
      const Result<Written> written = sink.Write(batch);
      if (written.ok()) return *written;
      EXPECT_EQ(written.error().code, ErrorCode::kRejected) << written.error().message;
      EXPECT_THAT(batch.rejected, testing::Not(IsEmpty()));
    }
    ADD_FAILURE() << "rejected for ever";
    return {};
  }
  std::int64_t Keys() { return One("SELECT count(*) FROM bauta.event_key"); }
};

TEST_F(EventKeysTest, TheSameEventUnderAnotherIdHasNoSecondRow) {
  auto sink = Sink();
  EXPECT_THAT(
      Write(*sink, BatchMaker().Message(1).Row("a").Key(1).Message(2).Row("b").Key(2).Take()).fates,
      ElementsAre(Fate::kInserted, Fate::kInserted));
  // By the COPY's conflict, by the probe of redeliveries, and among events that are new.
  for (const int receive_count : {1, 2}) {
    const int n = 10 * receive_count;
    EXPECT_THAT(Write(*sink, BatchMaker()
                                 .Message(n, receive_count)
                                 .Row("a")
                                 .Key(1)
                                 .Message(n + 1)
                                 .Row("c")
                                 .Key(n)
                                 .Take())
                    .fates,
                ElementsAre(Fate::kDuplicate, Fate::kInserted));
  }
  EXPECT_EQ(Rows(), 4);
  EXPECT_EQ(One("SELECT count(*) FROM t WHERE name = 'a'"), 1);
  EXPECT_EQ(Ledger(), 6) << "a duplicate's message has its fate too";
  EXPECT_EQ(Lines(), "2/0/2/2/0/0 2/0/2/1/1/0 2/0/2/1/1/0");
  EXPECT_EQ(Keys(), 4);
  ExpectSums();
}

TEST_F(EventKeysTest, TwiceInOneBatchIsOnce) {
  auto sink = Sink();
  EXPECT_THAT(Write(*sink, BatchMaker()
                               .Message(2)
                               .Row("a")
                               .Key(1)
                               .Message(1)
                               .Row("a")
                               .Key(1)
                               .Message(3)
                               .Row("no key")
                               .Take())
                  .fates,
              ElementsAre(Fate::kInserted, Fate::kDuplicate, Fate::kInserted));
  EXPECT_EQ(Rows(), 2);
  EXPECT_EQ(Lines(), "3/0/3/2/1/0");
}

// Its number is above what the table's constraint takes.
TEST_F(EventKeysTest, ARowThatIsRefusedHoldsNoKey) {
  auto sink = Sink();
  const Written written = Write(*sink, BatchMaker()
                                           .Message(1)
                                           .Row("bad", 5000)
                                           .Key(1)
                                           .Message(2)
                                           .Row("mended")
                                           .Key(1, 5)
                                           .Message(3)
                                           .Row("bad", 5000)
                                           .Key(1)
                                           .Message(4)
                                           .Row("other")
                                           .Key(2)
                                           .Take());
  EXPECT_THAT(written.fates, ElementsAre(Fate::kQuarantined, Fate::kInserted, Fate::kQuarantined,
                                         Fate::kInserted));
  EXPECT_EQ(One("SELECT count(*) FROM t WHERE name = 'mended'"), 1);
  ASSERT_EQ(written.refusals.size(), 2u);
  EXPECT_EQ(written.refusals[0].reason, Reason::kConstraint);
  EXPECT_EQ(written.refusals[1].reason, Reason::kKeyReused) << "the key is the mended one's now";
  EXPECT_EQ(Keys(), 2);
  EXPECT_EQ(Ledger(), 4);
  ExpectSums();
}

TEST_F(EventKeysTest, AnotherEventUnderTheKeyIsQuarantined) {
  auto sink = Sink();
  Write(*sink, BatchMaker().Message(1).Row("a").Key(1).Take());
  const Written written = Write(*sink, BatchMaker()
                                           .Message(2)
                                           .Row("b")
                                           .Key(1, 5)
                                           .Message(3)
                                           .Row("c")
                                           .Key(2)
                                           .Message(4)
                                           .Row("d")
                                           .Key(2, 5)
                                           .Take());
  EXPECT_THAT(written.fates, ElementsAre(Fate::kQuarantined, Fate::kInserted, Fate::kQuarantined));
  ASSERT_EQ(written.refusals.size(), 2u);
  EXPECT_EQ(written.refusals[0].reason, Reason::kKeyReused);
  EXPECT_EQ(One("SELECT count(*) FROM bauta.quarantine WHERE reason = 'key_reused'"), 2);
  EXPECT_EQ(Rows(), 2);
  EXPECT_EQ(Keys(), 2) << "what is quarantined leaves no key";
  ExpectSums();
}

// The key of a message that is redelivered is its own: not a duplicate, but a redelivery.
TEST_F(EventKeysTest, ARedeliveryIsNoDuplicate) {
  auto sink = Sink();
  for (int i = 0; i < 3; ++i) {
    const Written written =
        Write(*sink, BatchMaker().Message(1, i == 2 ? 2 : 1).Row("a").Key(1).Take());
    EXPECT_THAT(written.fates, ElementsAre(i == 0 ? Fate::kInserted : Fate::kRedelivered));
  }
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(One("SELECT sum(duplicate) FROM bauta.batch"), 0);
}

TEST_F(EventKeysTest, AreForgottenAfterTheRetention) {
  auto sink = Sink();
  Write(*sink, BatchMaker().Message(1).Row("a").Key(1).Message(2).Row("b").Key(2).Take());
  ASSERT_TRUE(db_->Query("UPDATE bauta.event_key SET first_seen = now() - interval '36d' "
                         "WHERE key = '" +
                         ToString(Id(1)) + "'")
                  .ok());
  ASSERT_TRUE(sink->Expire().ok());
  EXPECT_THAT(
      Write(*sink, BatchMaker().Message(3).Row("a").Key(1).Message(4).Row("b").Key(2).Take()).fates,
      ElementsAre(Fate::kInserted, Fate::kDuplicate));
}

TEST_F(EventKeysTest, OtherPipelinesHaveKeysOfTheirOwn) {
  ASSERT_TRUE(
      db_->Query("INSERT INTO bauta.event_key SELECT '" + ToString(Id(1)) + "', 99, '\\x00'").ok());
  auto sink = Sink();
  EXPECT_THAT(Write(*sink, BatchMaker().Message(1).Row("a").Key(1).Take()).fates,
              ElementsAre(Fate::kInserted));
}

TEST_F(EventKeysTest, SetsAsideWhoseKeyAnOpenTransactionHolds) {
  pg::Connection frozen = Connect(database_);
  ASSERT_TRUE(frozen
                  .Run("BEGIN; INSERT INTO bauta.event_key SELECT '" + ToString(Id(1)) +
                       "', id, '\\x00' FROM bauta.pipeline")
                  .ok());
  auto sink = Sink();
  Batch batch = BatchMaker().Message(1).Row("held").Key(1).Message(2).Row("free").Key(2).Take();
  batch.hurried = true;
  const Result<Written> written = sink->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_THAT(batch.aside, ElementsAre(0));
  EXPECT_THAT(written->fates, ElementsAre(Fate::kNone, Fate::kInserted));
  ASSERT_TRUE(frozen.Rollback());
  Batch rest;
  TakeAside(batch, rest);
  EXPECT_THAT(Write(*sink, std::move(rest)).fates, ElementsAre(Fate::kInserted));
  EXPECT_EQ(Rows(), 2);
}

// The same events under other ids, in opposite orders, at the same time: no deadlock (which would
// be an error here), and each has one row.
TEST_F(EventKeysTest, TwoAtOnceMakeOneRowEach) {
  constexpr int kEvents = 3000, kBatch = 50;
  const auto work = [](PostgresSink& sink, int worker) {
    std::vector<int> order(kEvents);
    std::iota(order.begin(), order.end(), 0);
    if (worker == 1) std::reverse(order.begin(), order.end());
    std::mt19937 random(static_cast<unsigned>(worker));
    std::size_t fates = 0;
    for (auto from = order.begin(); from != order.end(); from += kBatch) {
      std::shuffle(from, from + kBatch, random);
      BatchMaker maker;
      for (const int event : std::span(from, kBatch)) {
        maker.Message(worker * kEvents + event).Row("e" + std::to_string(event)).Key(event);
      }
      fates += Write(sink, maker.Take()).fates.size();
    }
    EXPECT_EQ(fates, static_cast<std::size_t>(kEvents));
  };
  const auto one = Sink(), two = Sink();
  std::thread other(work, std::ref(*two), 1);
  work(*one, 0);
  other.join();
  EXPECT_EQ(Rows(), kEvents);
  EXPECT_EQ(One("SELECT count(DISTINCT name) FROM t"), kEvents);
  EXPECT_EQ(Ledger(), 2 * kEvents);
  EXPECT_EQ(One("SELECT sum(duplicate) FROM bauta.batch"), kEvents);
}

TEST_F(EventKeysTest, AReplayTakesItsKeyOrLeavesItToWhoHasIt) {
  auto sink = Sink();
  BatchMaker refused;
  for (int n = 1; n <= 5; ++n) refused.Message(n).Refused(Reason::kRequiredMissing, "name");
  Write(*sink, refused.Take());
  Write(*sink, BatchMaker().Message(9).Row("there").Key(1).Take());
  const Batch rows = BatchMaker()
                         .Message(1)
                         .Row("there")
                         .Key(1)
                         .Message(2)
                         .Row("another")
                         .Key(1, 5)
                         .Message(3)
                         .Row("new")
                         .Key(2)
                         .Message(4)
                         .Row("new")
                         .Key(2)
                         .Message(5)
                         .Row("no key")
                         .Take();
  std::vector<ReplayRow> replays;
  for (std::int64_t id = 1; id <= 5; ++id) {
    const Event& event = rows.events[static_cast<std::size_t>(id - 1)];
    replays.push_back({id, {*event.row}, {event.key}});
  }
  Result<ReplaySink> replay =
      ReplaySink::Make(*db_, "p", *ReadTableSchema(*db_, "t"), {"name", "number"});
  ASSERT_TRUE(replay.ok()) << replay.error().message;
  const Result<ReplayOutcome> outcome = replay->Replay(replays);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_THAT(outcome->replayed, ElementsAre(3, 5));
  EXPECT_THAT(outcome->duplicates, ElementsAre(1, 4));
  EXPECT_THAT(outcome->reused, ElementsAre(2));
  EXPECT_EQ(Rows(), 3);
  EXPECT_EQ(Keys(), 2);
  EXPECT_EQ(One("SELECT count(*) FROM bauta.quarantine WHERE state = 'held'"), 3);
  EXPECT_EQ(One("SELECT count(*) FROM bauta.quarantine WHERE state = 'held' AND sealed IS NULL"),
            0);
}

}  // namespace
}  // namespace bauta::sinks
