// The quarantine against a real server: what is refused is found, opened, replayed, given up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "cli/demo_parts.h"
#include "cli/temp_postgres.h"
#include "cli/wiring.h"
#include "keys/generate.h"
#include "keys/identity.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "quarantine/replay.h"
#include "sinks/postgres_sink.h"

namespace bauta::cli {
namespace {

using quarantine::Entry;
using quarantine::Filter;
using quarantine::Mode;
using testing::ElementsAre;
using testing::Pair;

constexpr std::int64_t kSentMs = 1'795'244'400'123;  // 2026-11-21T07:00:00.123Z
constexpr char kGood[] =
    R"({"user_id":"u1","app_version":"2.3.0","ip":"192.0.2.1","device_id":"593-47-5928"})";
constexpr char kLacksUser[] = R"({"ip":"192.0.2.1","device_id":"593-47-5928"})";
constexpr char kNotJson[] = "oops";
constexpr char kBadAddress[] = R"({"user_id":"u2","ip":"192.0.2.999","device_id":"593-47-5928"})";

template <class T>
T Must(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  ADD_FAILURE() << result.error().message;
  throw std::runtime_error(result.error().message);
}

class QuarantineTest : public testing::Test {
 protected:
  QuarantineTest()
      : postgres_(Must(TempPostgres::Start())),
        config_(Must(PrepareDemo({.directory = postgres_.directory(),
                                  .config_file = postgres_.directory() / "bauta.yaml",
                                  .database_url = postgres_.url(),
                                  .endpoint = "http://127.0.0.1:9",
                                  .queue = "q"}))),
        ring_(Must(keys::KeyRing::Load(config_.keyring))),
        connection_(Must(pg::Connection::Open({.url = postgres_.url()}))),
        table_(Must(sinks::ReadTableSchema(connection_, config_.target.table))),
        secret_(Must(keys::OpenIdentity(
            postgres_.directory() / keys::kQuarantineIdentityFile, keys::Purpose::kQuarantine,
            []() -> Result<crypto::SecretBytes> { return Fatal("it has no passphrase"); }))) {}

  std::unique_ptr<sinks::PostgresSink> OpenSink() {
    const keys::Recipient recipient = Must(QuarantineRecipient(config_, ring_, blame_));
    sinks::PostgresSink::Options options;
    options.connect = {.url = postgres_.url()};
    options.pipeline = config_.pipeline;
    options.table = table_;
    for (const ColumnRule& rule : config_.mapping.columns) options.columns.push_back(rule.column);
    options.recipient = recipient.id;
    options.recipient_key = recipient.pk;
    return Must(sinks::PostgresSink::Open(std::move(options)));
  }

  // Through mapper and sink, as a run does it.
  void Deliver(const std::vector<std::string>& bodies) {
    const std::unique_ptr<Mapper> mapper = Must(MakeMapper(config_, ring_, table_, blame_));
    Batch batch;
    for (const std::string& body : bodies) {
      Message message;
      message.key = {kSentMs, Uuid{}};
      message.key.id.bytes.back() = ++delivered_;  // The order in which they are listed.
      message.id = ToString(message.key.id);
      message.body = body;
      mapper->Map(message, batch);
    }
    const Written written = Must(OpenSink()->Write(batch));
    ASSERT_EQ(written.fates.size(), bodies.size());
  }

  quarantine::Replayed Replay(const Filter& filter, Mode mode = Mode::kReal) {
    const std::unique_ptr<Mapper> mapper = Must(MakeMapper(config_, ring_, table_, blame_));
    std::vector<std::string> columns;
    for (const ColumnRule& rule : config_.mapping.columns) columns.push_back(rule.column);
    sinks::ReplaySink sink =
        Must(sinks::ReplaySink::Make(connection_, config_.pipeline, table_, columns));
    const Filter ours = [&] {
      Filter narrowed = filter;
      narrowed.pipeline = config_.pipeline;
      return narrowed;
    }();
    return Must(quarantine::Replay(connection_, ours, {"q1", secret_}, *mapper, sink, mode));
  }

  std::vector<Entry> List(const Filter& filter = {}) {
    return Must(quarantine::List(connection_, filter));
  }
  std::int64_t Count(const std::string& sql) { return Must(connection_.Query(sql)).Int(0, 0); }
  std::int64_t Rows() { return Count("SELECT count(*) FROM user_logins"); }
  // A person mends the config: nothing is required any more.
  void RequireNothing() {
    for (ColumnRule& rule : config_.mapping.columns) rule.required = false;
  }

  const TempPostgres postgres_;
  config::Config config_;
  const keys::KeyRing ring_;
  Blame blame_;
  pg::Connection connection_;
  const TableSchema table_;
  const crypto::SecretBytes secret_;
  std::uint8_t delivered_ = 0;
};

TEST_F(QuarantineTest, ListsWhatWasRefusedAndWhy) {
  Deliver({kGood, kLacksUser, kNotJson});
  const std::vector<Entry> entries = List();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].reason, "required_missing");
  EXPECT_EQ(entries[0].column, "user_id");
  EXPECT_EQ(entries[0].state, "held");
  EXPECT_EQ(entries[0].pipeline, "demo");
  EXPECT_EQ(entries[0].sent_at, "2026-11-21T07:00:00.123Z");
  EXPECT_EQ(entries[1].reason, "not_json");
  EXPECT_EQ(entries[1].column, std::nullopt);
  EXPECT_EQ(Rows(), 1);
}

TEST_F(QuarantineTest, NarrowsByEveryFilter) {
  Deliver({kLacksUser, kNotJson, kBadAddress});
  const std::vector<Entry> all = List();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(List({.pipeline = "other"}).size(), 0u);
  EXPECT_EQ(List({.ids = {all[1].id, all[2].id}}).size(), 2u);
  EXPECT_EQ(List({.reason = "not_json"}).size(), 1u);
  EXPECT_EQ(List({.column = "masked_ip"}).size(), 1u);
  EXPECT_EQ(List({.since_ms = 0}).size(), 3u);
  EXPECT_EQ(List({.until_ms = 0}).size(), 0u);
  EXPECT_EQ(List({.limit = 2}).size(), 2u);
}

TEST_F(QuarantineTest, ShowsTheEventToItsIdentityOnly) {
  Deliver({kLacksUser});
  const std::int64_t id = List().at(0).id;
  EXPECT_EQ(Must(quarantine::Show(connection_, "demo", id, {"q1", secret_})).body, kLacksUser);

  const crypto::SecretBytes other = crypto::SecretBytes::CopyOf(std::string(32, 'x'));
  const auto wrong = quarantine::Show(connection_, "demo", id, {"q1", other});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, ErrorCode::kRejected);
  EXPECT_FALSE(quarantine::Show(connection_, "demo", id, {"q2", secret_}).ok());
  EXPECT_FALSE(quarantine::Show(connection_, "other", id, {"q1", secret_}).ok());
  EXPECT_FALSE(quarantine::Show(connection_, "demo", id + 1000, {"q1", secret_}).ok());
}

TEST_F(QuarantineTest, ReplaysWhatTheConfigNowTakesExactlyOnce) {
  Deliver({kLacksUser, kNotJson});
  RequireNothing();
  const quarantine::Replayed first = Replay({});
  EXPECT_EQ(first.replayed, 1u);
  EXPECT_THAT(first.still_failing, ElementsAre(Pair("not_json", 1)));
  EXPECT_EQ(first.skipped, 0u);
  EXPECT_EQ(Count("SELECT count(*) FROM user_logins WHERE create_date = '2026-11-21'"), 1)
      << "a replay dates its row by the message's own time";
  EXPECT_EQ(List().at(0).state, "replayed");

  EXPECT_EQ(Replay({}).replayed, 0u);
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM bauta.batch WHERE origin = 'replay'"), 1);
}

TEST_F(QuarantineTest, ChangesNothingInADryRun) {
  Deliver({kLacksUser, kNotJson});
  RequireNothing();
  EXPECT_EQ(Replay({}, Mode::kDryRun).replayed, 1u);
  EXPECT_EQ(Rows(), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM bauta.quarantine WHERE state = 'held'"), 2);
}

TEST_F(QuarantineTest, NotesTheNewReasonOfWhatStillFails) {
  Deliver({R"({"ip":"192.0.2.999","device_id":"593-47-5928"})"});
  EXPECT_EQ(List().at(0).reason, "required_missing");
  RequireNothing();
  EXPECT_THAT(Replay({}).still_failing, ElementsAre(Pair("invalid_value", 1)));
  EXPECT_EQ(List().at(0).reason, "invalid_value");
  EXPECT_EQ(List().at(0).column, "masked_ip");
  EXPECT_EQ(List().at(0).state, "held");
}

TEST_F(QuarantineTest, LeavesTheRowsOfNeighboursWhereTheServerRefusesOne) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 9; ++i) {
    bodies.push_back(R"({"locale":"L)" + std::to_string(i) +
                     R"(","ip":"192.0.2.1","device_id":"593-47-5928"})");
  }
  Deliver(bodies);
  RequireNothing();
  Must(connection_.Query("ALTER TABLE user_logins ADD CONSTRAINT known CHECK (locale <> 'L4')"));
  const quarantine::Replayed done = Replay({});
  EXPECT_EQ(done.replayed, 8u);
  EXPECT_THAT(done.still_failing, ElementsAre(Pair("constraint", 1)));
  EXPECT_EQ(Rows(), 8);
  const Entry left = List({.reason = "constraint"}).at(0);
  EXPECT_EQ(left.state, "held");
  EXPECT_EQ(left.sqlstate, "23514");
  EXPECT_EQ(left.constraint, "known");
}

// Such a message may have its row already.
TEST_F(QuarantineTest, SparesExpiredIdentitiesUnlessTheyAreNamed) {
  Deliver({kLacksUser, kLacksUser});
  Must(
      connection_.Query("UPDATE bauta.quarantine SET reason = 'identity_expired', "
                        "column_name = NULL WHERE id = 1"));
  EXPECT_EQ(Replay({.reason = "identity_expired"}).still_failing.at("required_missing"), 1u);
  EXPECT_EQ(List().at(0).reason, "identity_expired") << "it is still not known";
  RequireNothing();
  const quarantine::Replayed all = Replay({});
  EXPECT_EQ(all.replayed, 1u);
  EXPECT_EQ(all.skipped, 1u);
  EXPECT_EQ(all.expired, 1u);
  EXPECT_EQ(all.settled(), all.meant);
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(Replay({.ids = {List().at(0).id}}).replayed, 1u);
}

TEST_F(QuarantineTest, DiscardsWhatWasSelectedAndNothingThatCameSince) {
  Deliver({kLacksUser});
  const std::vector<std::int64_t> ids = Must(quarantine::SelectHeld(connection_, {}));
  Deliver({kLacksUser});
  EXPECT_EQ(Must(quarantine::Discard(connection_, ids, "a test")), 1u);
  EXPECT_EQ(List().at(0).state, "discarded");
  EXPECT_EQ(List().at(1).state, "held");
}

TEST_F(QuarantineTest, DiscardsForGood) {
  Deliver({kLacksUser, kNotJson});
  const auto ids = Must(quarantine::SelectHeld(connection_, {.reason = "not_json"}));
  EXPECT_EQ(Must(quarantine::Discard(connection_, ids, "a test")), 1u);
  EXPECT_EQ(Count("SELECT count(*) FROM bauta.quarantine WHERE state = 'discarded' AND sealed IS "
                  "NULL AND state_by LIKE '%: a test'"),
            1);
  const Entry gone = List({.reason = "not_json"}).at(0);
  const auto shown = quarantine::Show(connection_, "demo", gone.id, {"q1", secret_});
  ASSERT_FALSE(shown.ok());
  EXPECT_THAT(shown.error().message, testing::HasSubstr("its body is gone"));
  RequireNothing();
  EXPECT_EQ(Replay({}).replayed, 1u) << "the other one only";
}

TEST_F(QuarantineTest, SaysHowToMakeAMissingSchema) {
  Must(connection_.Query("DROP SCHEMA bauta CASCADE"));
  const auto listed = quarantine::List(connection_, {});
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ(listed.error().code, ErrorCode::kConfig);
  EXPECT_THAT(listed.error().hint, testing::HasSubstr("bauta init"));
}

}  // namespace
}  // namespace bauta::cli
