#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temp_postgres.h"
#include "schema/foreign.h"
#include "schema/our_schema.h"
#include "schema/pii_sql.h"
#include "schema/schema.h"

namespace bauta::schema {
namespace {

using ::testing::HasSubstr;

constexpr const char* kToken = "h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy";

Registry Logins() {
  Registry r;
  r.pipeline = "logins";
  r.target = "user_logins";
  return r;
}

class PiiTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_POSTGRES();
    static int n = 0;
    database_ = "pii_test_" + std::to_string(++n);
    c_.emplace(Connect("postgres"));
    Do("CREATE DATABASE " + database_);
    c_.emplace(Connect(database_));
  }

  static pg::Connection Connect(const std::string& database) {
    return pg::Connection::Open({.url = fakes::TempPostgres::Instance().url(database)}).value();
  }
  void Init(bool roles) {
    const auto did = schema::Init(*c_, Logins(), {.roles = roles, .vault = true});
    ASSERT_TRUE(did.ok()) << did.error().message;
  }
  void Do(const std::string& sql) {
    const auto done = c_->Query(sql);
    ASSERT_TRUE(done.ok()) << sql << ": " << done.error().message;
  }
  std::string Ask(const std::string& sql) {
    const auto rows = c_->Query(sql);
    EXPECT_TRUE(rows.ok()) << sql << ": " << rows.error().message;
    return rows.ok() && rows->size() > 0 ? rows->String(0, 0) : "nothing";
  }
  // Where a call is refused, nothing of it stays.
  bool Refuses(const std::string& sql) {
    const bool refused = !c_->Query(sql).ok();
    EXPECT_TRUE(c_->Rollback());
    return refused;
  }
  std::string Request() {
    return Ask(std::string("SELECT pii.reveal_request('") + kToken + "', 'case 42: takeover')");
  }

  std::string database_;
  std::optional<pg::Connection> c_;
};

TEST_F(PiiTest, IsMadeWhereItIsAskedForAndThenNothingIsToDo) {
  ASSERT_TRUE(schema::Init(*c_, Logins(), {}).ok());
  EXPECT_EQ(Ask("SELECT to_regnamespace('pii')"), "");
  const auto did = schema::Init(*c_, Logins(), {.vault = true});
  ASSERT_TRUE(did.ok()) << did.error().message;
  EXPECT_THAT(did.value(), testing::ElementsAre("created schema pii (version 1)"));
  EXPECT_TRUE(schema::Init(*c_, Logins(), {.vault = true})->empty());
  Do("UPDATE pii.meta SET schema_version = 0; DROP FUNCTION pii.audit_verify()");
  EXPECT_THAT(schema::Init(*c_, Logins(), {.vault = true}).value(),
              testing::ElementsAre("upgraded schema pii from version 0 to 1"));
  EXPECT_EQ(Ask("SELECT count(*) FROM pii.audit_verify()"), "0");
  Do("UPDATE pii.meta SET schema_version = 2");
  EXPECT_THAT(schema::Init(*c_, Logins(), {.vault = true}).error().message,
              HasSubstr("schema pii has version 2"));
}

TEST_F(PiiTest, HoldsWhatTheListSaysAndNothingThatOthersCouldRun) {
  Init(false);
  const std::string there = "SELECT string_agg(what, ', ' ORDER BY what) FROM (" + ThereSql(kPii) +
                            ") AS x (what, owner)";
  const std::string ours = "SELECT string_agg(what, ', ' ORDER BY what) FROM (" +
                           std::string(kPii.ours) + ") AS x (what) WHERE what NOT LIKE '%_sha256%'";
  EXPECT_EQ(Ask(there), Ask(ours));
  const Result<> foreign = RefuseForeign(*c_, kPii);
  EXPECT_TRUE(foreign.ok()) << foreign.error().message;
  Do("CREATE FUNCTION pii.peek() RETURNS SETOF bytea LANGUAGE sql SECURITY DEFINER AS 'SELECT "
     "sealed FROM pii.vault'");
  EXPECT_THAT(RefuseForeign(*c_, kPii).error().message, HasSubstr("function pii.peek()"));
  EXPECT_THAT(schema::Init(*c_, Logins(), {.roles = true, .vault = true}).error().message,
              HasSubstr("function pii.peek()"));
}

// Also those that others were granted by the owner before.
TEST_F(PiiTest, RolesTakeItOverAndNobodyKeepsAnything) {
  Init(false);
  Do("GRANT ALL ON SCHEMA pii TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA pii TO PUBLIC; "
     "GRANT SELECT (sealed) ON pii.vault TO PUBLIC; "
     "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pii TO PUBLIC");
  const auto did = schema::Init(*c_, Logins(), {.roles = true, .vault = true});
  ASSERT_TRUE(did.ok()) << did.error().message;
  EXPECT_THAT(did.value(),
              testing::Contains("schema pii belongs to pii_owner now; postgres had it"));
  Do("SET ROLE pii_owner; CREATE FUNCTION pii.later() RETURNS int LANGUAGE sql AS 'SELECT 1'; "
     "RESET ROLE");
  EXPECT_EQ(Ask("SELECT count(*) FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', "
                "proowner))) a WHERE pronamespace = 'pii'::regnamespace AND a.grantee = 0"),
            "0");
  EXPECT_EQ(Ask("SELECT concat_ws(' ', has_schema_privilege('bauta_owner', 'pii', 'USAGE'), "
                "has_column_privilege('pii_ingest', 'pii.vault', 'sealed', 'SELECT'), "
                "has_any_column_privilege('pii_ingest', 'pii.vault', 'UPDATE'), "
                "has_table_privilege('pii_ingest', 'pii.vault', 'DELETE'), "
                "has_function_privilege('pii_ingest', 'pii.reveal_request(text,text)', 'EXECUTE'), "
                "has_column_privilege('bauta_ingest', 'pii.vault', 'sealed', 'INSERT'))"),
            "f f f f f t");
  EXPECT_EQ(Ask("SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = "
                "'pii'::regnamespace"),
            "pii_owner");
}

TEST_F(PiiTest, RevealsOnlyWhatWasAskedForInACommittedTransaction) {
  Init(false);
  Do(std::string("INSERT INTO pii.vault VALUES ('") + kToken + "', 'ip', 'k1', 'v1', 'sealed')");
  EXPECT_TRUE(Refuses("SELECT pii.reveal_request('192.0.2.1', 'case 42: takeover')"));
  EXPECT_TRUE(Refuses(std::string("SELECT pii.reveal_request('") + kToken + "', 'short')"));
  EXPECT_TRUE(Refuses("SELECT * FROM pii.reveal_fetch(1)"));
  Do("BEGIN");
  const std::string open = Request();
  EXPECT_TRUE(Refuses("SELECT * FROM pii.reveal_fetch(" + open + ")"));
  const std::string seq = Request();
  EXPECT_EQ(Ask("SELECT sealed = 'sealed' FROM pii.reveal_fetch(" + seq + ")"), "t");
  EXPECT_EQ(Ask("SELECT string_agg(concat_ws(' ', seq, action, actor, reason), ', ' ORDER BY seq) "
                "FROM pii.audit"),
            "1 reveal.request postgres case 42: takeover, 2 reveal.fetch postgres 1");
  Do("UPDATE pii.audit SET at = at - interval '6 minutes'");
  EXPECT_TRUE(Refuses("SELECT * FROM pii.reveal_fetch(" + seq + ")"));
}

TEST_F(PiiTest, RevealsManyTogetherOrNone) {
  Init(false);
  Do(std::string("INSERT INTO pii.vault VALUES ('") + kToken + "', 'ip', 'k1', 'v1', 'sealed')");
  const std::string seq = Request(), again = Request();
  EXPECT_EQ(Ask("SELECT string_agg(concat(seq, token = '" + std::string(kToken) +
                "'), ' ' ORDER BY seq) FROM pii.reveal_fetch(ARRAY[" + again + ", " + seq +
                "]::bigint[])"),
            "1t 2t");
  EXPECT_EQ(Ask("SELECT string_agg(reason, ' ' ORDER BY seq) FROM pii.audit WHERE action = "
                "'reveal.fetch'"),
            "1 2");
  EXPECT_TRUE(Refuses("SELECT * FROM pii.reveal_fetch(ARRAY[" + seq + ", 99]::bigint[])"));
  EXPECT_EQ(Ask("SELECT count(*) FROM pii.audit"), "4");
  EXPECT_EQ(Ask("SELECT count(*) FROM pii.audit_verify()"), "0");
}

TEST_F(PiiTest, EachActorMayLookUpSoManyInAMinute) {
  Init(false);
  Do("SELECT pii.log('lookup', NULL, 'a reason of mine') FROM generate_series(1, 60)");
  EXPECT_TRUE(Refuses("SELECT pii.log('lookup', NULL, 'a reason of mine')"));
  Do("SELECT pii.log('quarantine.show', NULL, 'a reason of mine')");
  Do("UPDATE pii.audit SET actor = 'somebody else' WHERE seq = 1");
  Do("SELECT pii.log('lookup', NULL, 'a reason of mine')");
  EXPECT_TRUE(Refuses("SELECT pii.log('lookup', NULL, 'a reason of mine')"));
  Do("UPDATE pii.audit SET at = at - interval '1 minute'");
  Do("SELECT pii.log('lookup', NULL, 'a reason of mine')");
}

TEST_F(PiiTest, FindsWhatWasDoneToTheAudit) {
  Init(false);
  Do("SELECT pii.log('lookup', NULL, 'a reason of mine'); SELECT pii.anchor_head('paper')");
  for (int i = 0; i < 3; ++i) Request();
  EXPECT_EQ(Ask("SELECT count(*) FROM pii.audit_verify()"), "0");
  const char* const kCases[][2] = {
      {"UPDATE pii.audit SET actor = 'nobody' WHERE seq = 2", "hash"},
      {"DELETE FROM pii.audit WHERE seq = 2", "gap"},
      {"DELETE FROM pii.audit WHERE seq = 4", "head"},
      {"UPDATE pii.audit SET hash = pii._row_hash(prev_hash, seq, at, actor, action, token, 'x'), "
       "reason = 'x' WHERE seq = 1",
       "anchor"},
  };
  for (const auto& [damage, problem] : kCases) {
    Do(std::string("BEGIN; ") + damage);
    EXPECT_THAT(Ask("SELECT string_agg(problem, ' ') FROM pii.audit_verify()"), HasSubstr(problem));
    ASSERT_TRUE(c_->Rollback());
  }
}

TEST_F(PiiTest, ErasesATokenAndRaisesTheGeneration) {
  Init(false);
  Do(std::string("INSERT INTO pii.vault VALUES ('") + kToken + "', 'ip', 'k1', 'v1', 'sealed')");
  EXPECT_EQ(Ask(std::string("SELECT pii.erase('") + kToken + "', 'Art. 17, case 7')"), "1");
  EXPECT_EQ(Ask("SELECT count(*) FROM pii.vault"), "0");
  EXPECT_EQ(Ask("SELECT n FROM pii.generation"), "1");
  EXPECT_EQ(Ask("SELECT token_or_subject FROM pii.erased"), kToken);
}

// The vector scheme-audit-chain, and the hash that PostgreSQL 10 lacks, against that of this one.
TEST_F(PiiTest, HashesAsTheFormatSays) {
  Init(false);
  EXPECT_EQ(Ask("SELECT encode(pii._row_hash(decode(repeat('00', 32), 'hex'), 1, "
                "'2026-01-02T03:04:05Z', 'desk_1', 'reveal.request', "
                "'h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy', 'case 42: account takeover'), 'hex')"),
            "c12911cf1dbf9b1a2f3d61f61ca2065816ac38a4ca3f67572ea2ddef957e5b59");
  const std::string old = CreatePiiSql(100000);
  const std::size_t at = old.find("CREATE OR REPLACE FUNCTION pii._sha256");
  ASSERT_NE(at, std::string::npos);
  Do(old.substr(at, old.find("END $$;", at) + 7 - at));
  EXPECT_EQ(Ask("SELECT count(*) FROM generate_series(0, 200) AS n, LATERAL (SELECT "
                "convert_to(repeat(chr(200 + n % 50), n), 'LATIN1') AS m) AS x "
                "WHERE pii._sha256(m) <> sha256(m)"),
            "0");
}

}  // namespace
}  // namespace bauta::schema
