#include "schema/schema.h"

#include <gtest/gtest.h>

#include <thread>

#include "fakes/temp_postgres.h"
#include "schema/foreign.h"

namespace bauta::schema {
namespace {

Registry Logins() {
  Registry r;
  r.pipeline = "logins";
  r.queue = "login-queue";
  r.target = "user_logins";
  r.keys = {{"k1", "e8eb2e4c", "ENABLED"}};
  r.columns = {{"masked_ip", "hmac-sha256", "ip", "ip1", 128},
               {"masked_device_id", "hmac-sha256", "device_id", "str1", 128}};
  return r;
}

pg::Connection Connect(const std::string& database) {
  Result<pg::Connection> c =
      pg::Connection::Open({.url = fakes::TempPostgres::Instance().url(database)});
  if (!c.ok()) ADD_FAILURE() << c.error().message;
  return std::move(c).value();
}

// A database of the test's own.
std::string FreshDatabase() {
  static int n = 0;
  const std::string name = "schema_test_" + std::to_string(++n);
  pg::Connection c = Connect("postgres");
  EXPECT_TRUE(c.Query("CREATE DATABASE " + name).ok());
  return name;
}

TEST(SchemaTest, CreatesOnceAndThenFindsNothingToDo) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  const auto first = Init(c, Logins(), {.create_table = true});
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->size(), 6u);
  const auto second = Init(c, Logins(), {.create_table = true});
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_TRUE(second->empty());
  EXPECT_TRUE(Compare(c, Logins()).ok());
  EXPECT_EQ(c.Query("SELECT count(*) FROM pg_inherits WHERE inhparent = 'bauta.ledger'::regclass")
                ->Int(0, 0),
            64);
  EXPECT_EQ(c.Query("SELECT count(*) FROM user_logins")->Int(0, 0), 0);
}

TEST(SchemaTest, CreatesAtTheSameTime) {
  REQUIRE_POSTGRES();
  const std::string database = FreshDatabase();
  pg::Connection a = Connect(database), b = Connect(database);
  bool a_ok = false, b_ok = false;
  {
    std::jthread one([&] { a_ok = Init(a, Logins(), {}).ok(); });
    std::jthread two([&] { b_ok = Init(b, Logins(), {}).ok(); });
  }
  EXPECT_TRUE(a_ok && b_ok);
}

TEST(SchemaTest, PrintsAScriptThatRunsTwiceAndThatInitAccepts) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  for (int i = 0; i < 2; ++i) {
    const auto ran = c.Query(PrintSql());
    ASSERT_TRUE(ran.ok()) << ran.error().message;
  }
  EXPECT_TRUE(Init(c, Logins(), {}).ok());
  EXPECT_TRUE(Compare(c, Logins()).ok());
}

TEST(SchemaTest, RefusesWhatDiffersFromTheRegistry) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  EXPECT_EQ(Compare(c, Logins()).error().hint, "run `bauta init`");
  ASSERT_TRUE(Init(c, Logins(), {}).ok());

  const struct {
    const char* what;
    void (*change)(Registry&);
    const char* says;
    bool init_refuses;  // Without --accept-new-tokens.
    bool always;        // And with it.
  } kCases[] = {
      {"kcv", [](Registry& r) { r.keys[0].kcv = "00000000"; }, "key k1", true, true},
      {"lost key", [](Registry& r) { r.keys[0].kid = "k2"; }, "no key k1", true, false},
      {"domain", [](Registry& r) { r.columns[0].domain = "addr"; }, "masked_ip", true, false},
      {"canonical", [](Registry& r) { r.columns[1].canonical = "lower1"; }, "lower1", true, false},
      {"bits", [](Registry& r) { r.columns[1].bits = 64; }, "64 bits", true, false},
      {"unmasked", [](Registry& r) { r.columns.pop_back(); }, "masked_device_id", true, false},
      {"new vault", [](Registry& r) { r.columns[0].vault = true; }, "no original", false, false},
      {"pipeline", [](Registry& r) { r.pipeline = "other"; }, "pipeline other", false, false},
      {"target", [](Registry& r) { r.target = "other"; }, "for table user_logins", false, false},
      {"retention", [](Registry& r) { r.retention_days = 20; }, "35 d", false, false},
      {"new mask",
       [](Registry& r) {
         r.columns.push_back({"x", "hmac-sha256", "x", "str1", 128});
       },
       "masked column x", false, false},
  };
  for (const auto& k : kCases) {
    SCOPED_TRACE(k.what);
    Registry changed = Logins();
    k.change(changed);
    const Result<> compared = Compare(c, changed);
    ASSERT_FALSE(compared.ok());
    EXPECT_EQ(compared.error().code, ErrorCode::kConfig);
    EXPECT_NE(compared.error().message.find(k.says), std::string::npos) << compared.error().message;
    ASSERT_TRUE(c.Query("BEGIN").ok());
    EXPECT_EQ(WriteRegistry(c, changed, NewTokens::kRefuse).ok(), !k.init_refuses);
    ASSERT_TRUE(c.Rollback());
    ASSERT_TRUE(c.Query("BEGIN").ok());
    const bool accepted = WriteRegistry(c, changed, NewTokens::kAccept).ok();
    EXPECT_EQ(accepted, !k.always);
    if (accepted) {
      EXPECT_TRUE(Compare(c, changed).ok());
    }
    ASSERT_TRUE(c.Rollback());
  }
  Registry other_queue = Logins();
  other_queue.queue = "elsewhere";
  EXPECT_TRUE(Compare(c, other_queue).ok());
}

TEST(SchemaTest, AVaultThatIsGoneMustBeMeant) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  Registry vaulted = Logins();
  vaulted.columns[0].vault = true;
  ASSERT_TRUE(Init(c, vaulted, {}).ok());
  EXPECT_TRUE(Compare(c, vaulted).ok());
  std::string setting;
  EXPECT_EQ(Compare(c, Logins(), NewTokens::kRefuse, &setting).error().code, ErrorCode::kConfig);
  EXPECT_EQ(setting, "columns.masked_ip.vault");
  EXPECT_TRUE(Compare(c, Logins(), NewTokens::kAccept).ok());
  EXPECT_FALSE(Init(c, Logins(), {}).ok());
  EXPECT_TRUE(Init(c, Logins(), {.new_tokens = NewTokens::kAccept}).ok());
  EXPECT_TRUE(Compare(c, Logins()).ok());
}

// A ring that lags behind has not got every DISABLED key; of one that is lost somebody has to say
// so.
TEST(SchemaTest, AKeyThatIsGoneMustBeMeant) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  Registry with_old = Logins();
  with_old.keys.push_back({"k0", "00000000", "DISABLED"});
  ASSERT_TRUE(Init(c, with_old, {}).ok());
  std::string setting;
  EXPECT_TRUE(Init(c, Logins(), {}).ok());
  EXPECT_FALSE(CheckHasAllKeys(c, Logins().keys, setting).ok());
  EXPECT_TRUE(Init(c, Logins(), {.new_tokens = NewTokens::kAccept}).ok());
  EXPECT_TRUE(CheckHasAllKeys(c, Logins().keys, setting).ok());
}

// As a program made it that did not write vaults down.
TEST(SchemaTest, AnOldRegistrySaysNothingOfVaults) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  Registry vaulted = Logins();
  vaulted.columns[0].vault = true;
  ASSERT_TRUE(Init(c, Logins(), {}).ok());
  ASSERT_TRUE(c.Query("ALTER TABLE bauta.masked_column DROP COLUMN vault").ok());
  EXPECT_TRUE(Compare(c, Logins()).ok());
  EXPECT_TRUE(Compare(c, vaulted).ok());
  ASSERT_TRUE(Init(c, vaulted, {}).ok());
  EXPECT_TRUE(Compare(c, vaulted).ok());
  EXPECT_FALSE(Compare(c, Logins()).ok());
}

TEST(SchemaTest, RefusesASchemaOfTheFuture) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  ASSERT_TRUE(Init(c, Logins(), {}).ok());
  ASSERT_TRUE(c.Query("UPDATE bauta.meta SET schema_version = 3").ok());
  EXPECT_TRUE(Compare(c, Logins()).ok());  // N+1: a rolling upgrade.
  EXPECT_FALSE(Init(c, Logins(), {}).ok());
  ASSERT_TRUE(c.Query("UPDATE bauta.meta SET min_worker = 3").ok());
  EXPECT_EQ(Compare(c, Logins()).error().code, ErrorCode::kConfig);
}

TEST(SchemaTest, RemembersMasksThatHaveNoKey) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  Registry registry = Logins();
  const auto add = [&](std::string mask, std::string canonical) {
    registry.columns.push_back(
        {.column = mask, .mask = mask, .canonical = std::move(canonical), .bits = 0});
  };
  add("legacy-sha256", "raw1+00112233");
  add("truncate", "ip-prefix1:24,48");
  add("keep_last", "last1:4");
  add("redact", "");
  ASSERT_TRUE(Init(c, registry, {}).ok());
  EXPECT_TRUE(Compare(c, registry).ok());
  const struct {
    std::size_t column;
    const char *canonical, *setting, *says;
  } cases[] = {
      {2, "raw1", "columns.legacy-sha256.suffix", "legacy-sha256, canonical raw1"},
      {3, "ip-prefix1:16,48", "columns.truncate.v4", "truncate, canonical ip-prefix1:16,48"},
      {4, "last1:2", "columns.keep_last.n", "keep_last, canonical last1:2"},
  };
  for (const auto& k : cases) {
    Registry changed = registry;
    changed.columns[k.column].canonical = k.canonical;
    std::string setting;
    const Result<> compared = Compare(c, changed, NewTokens::kRefuse, &setting);
    ASSERT_FALSE(compared.ok()) << k.setting;
    EXPECT_EQ(setting, k.setting);
    EXPECT_TRUE(compared.error().message.ends_with(k.says)) << compared.error().message;
  }
}

TEST(SchemaTest, NamesTheSettingThatDiffers) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  ASSERT_TRUE(Init(c, Logins(), {}).ok());
  const auto setting = [&](auto change) {
    Registry registry = Logins();
    change(registry);
    std::string path;
    EXPECT_FALSE(Compare(c, registry, NewTokens::kRefuse, &path).ok());
    return path;
  };
  EXPECT_EQ(setting([](Registry& r) { r.keys[0].kcv = "00000000"; }), "keys.file");
  EXPECT_EQ(setting([](Registry& r) {
              r.keys.push_back({"k2", "11111111", "ENABLED"});
            }),
            "keys.file");
  EXPECT_EQ(setting([](Registry& r) { r.columns[0].canonical = "str1"; }),
            "columns.masked_ip.canonical");
  EXPECT_EQ(setting([](Registry& r) { r.columns[0].domain = "x"; }), "columns.masked_ip.domain");
  EXPECT_EQ(setting([](Registry& r) { r.columns.pop_back(); }), "columns.masked_device_id");
  EXPECT_EQ(setting([](Registry& r) { r.target = "x"; }), "target.postgres.table");
  EXPECT_EQ(setting([](Registry& r) { r.retention_days = 20; }), "target.exactly_once.retention");
  EXPECT_EQ(setting([](Registry& r) { r.quarantine_days = 20; }), "quarantine.retention");
  EXPECT_EQ(setting([](Registry& r) { r.pipeline = "x"; }), "pipeline");
  std::string path;
  EXPECT_FALSE(CompareKeys(c, {}, path).ok());
  EXPECT_EQ(path, "keys.file");
  EXPECT_TRUE(CompareKeys(c, Logins().keys, path).ok());
  path.clear();
  EXPECT_TRUE(CheckHasAllKeys(c, Logins().keys, path).ok());
  EXPECT_FALSE(CheckHasAllKeys(c, {}, path).ok());
  EXPECT_EQ(path, "keys.file");
}

TEST(SchemaTest, KnowsWhereOtherPipelinesHaveTokens) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  Registry own = Logins(), other = Logins();
  other.pipeline = "other";
  other.columns = {{"b", "aes-siv", "x", "str1", 128},
                   {"a", "hmac-sha256", "x", "str1", 128},
                   {"gone", "hmac-sha256", "x", "str1", 128},
                   {"d", "redact", "", "", 0}};
  ASSERT_TRUE(c.Query("CREATE SCHEMA \"Far\"; CREATE SCHEMA s; CREATE TABLE t (a text); "
                      "CREATE TABLE s.t (b text); CREATE TABLE \"Far\".t (a text, b text, d text)")
                  .ok());
  const auto found = [&](const std::string& target) {
    other.target = target;
    EXPECT_TRUE(Init(c, own, {}).ok());
    EXPECT_TRUE(Init(c, other, {}).ok());
    std::string text;
    const auto all = ReadOtherTokenColumns(c, own.pipeline);
    EXPECT_TRUE(all.ok()) << all.error().message;
    for (const TokenColumns& one : *all) {
      text += one.pipeline + ' ' + one.schema + '.' + one.table + ':';
      for (const std::string& column : one.columns) text += ' ' + column;
      text += "; ";
    }
    return text;
  };
  EXPECT_EQ(found("\"Far\".t"), "other Far.t: a b; ");
  EXPECT_EQ(found("t"), "other Far.t: a b; other public.t: a; other s.t: b; ")
      << "whose search path is not known";
  EXPECT_EQ(found("nowhere"), "");
}

std::string All(pg::Connection& c, const std::string& select) {
  const auto rows = c.Query("SELECT string_agg(what, ', ' ORDER BY what) FROM (" + select +
                            ") AS x (what, owner)");
  EXPECT_TRUE(rows.ok()) << rows.error().message;
  return rows->String(0, 0);
}

TEST(SchemaTest, AFreshSchemaHoldsWhatTheListSays) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  ASSERT_TRUE(Init(c, Logins(), {}).ok());
  EXPECT_EQ(All(c, ThereSql(kBauta)),
            All(c, "SELECT ours, 1 FROM (" + std::string(kBauta.ours) + ") AS o (ours)"));
  const Result<> foreign = RefuseForeign(c, kBauta);
  EXPECT_TRUE(foreign.ok()) << foreign.error().message;
}

TEST(SchemaTest, RolesAreRefusedWhatOthersPutThere) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  ASSERT_TRUE(Init(c, Logins(), {}).ok());
  ASSERT_TRUE(c.Query("CREATE SCHEMA mine; "
                      "CREATE FUNCTION mine.t() RETURNS trigger LANGUAGE plpgsql AS "
                      "'BEGIN RETURN NEW; END'; "
                      "CREATE FUNCTION mine.i(int) RETURNS int IMMUTABLE LANGUAGE sql AS "
                      "'SELECT 1'; CREATE DOMAIN mine.days AS int CHECK (mine.i(value) = 1)")
                  .ok());
  const struct {
    const char *plant, *says, *remove;
  } kCases[] = {
      {"CREATE FUNCTION bauta.forget(text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS "
       "'BEGIN EXECUTE $1; END'",
       "function bauta.forget(text)", "DROP FUNCTION bauta.forget(text)"},
      {"CREATE FUNCTION bauta.expire(text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
       "function bauta.expire(text)", "DROP FUNCTION bauta.expire(text)"},
      {"CREATE VIEW bauta.peek AS SELECT sealed FROM bauta.quarantine", "view bauta.peek",
       "DROP VIEW bauta.peek"},
      {"CREATE TABLE bauta.extra (i int)", "table bauta.extra", "DROP TABLE bauta.extra"},
      {"CREATE MATERIALIZED VIEW bauta.m AS SELECT 1", "materialized view bauta.m",
       "DROP MATERIALIZED VIEW bauta.m"},
      {"CREATE TRIGGER x BEFORE UPDATE ON bauta.meta FOR EACH ROW EXECUTE FUNCTION mine.t()",
       "trigger x on table bauta.meta", "DROP TRIGGER x ON bauta.meta"},
      {"CREATE RULE x AS ON UPDATE TO bauta.meta DO ALSO SELECT 1", "rule x on table bauta.meta",
       "DROP RULE x ON bauta.meta"},
      {"CREATE POLICY x ON bauta.meta USING (mine.i(1) = 1)", "policy x on table bauta.meta",
       "DROP POLICY x ON bauta.meta"},
      {"ALTER TABLE bauta.meta ADD CONSTRAINT x CHECK (mine.i(retention_days) = 1)",
       "constraint x on table bauta.meta", "ALTER TABLE bauta.meta DROP CONSTRAINT x"},
      {"ALTER TABLE bauta.meta ADD CONSTRAINT x CHECK (query_to_xml('SELECT 1', true, true, '') "
       "IS NOT NULL)",
       "constraint x on table bauta.meta", "ALTER TABLE bauta.meta DROP CONSTRAINT x"},
      {"ALTER TABLE bauta.key ALTER status SET DEFAULT mine.i(1)::text", "default",
       "ALTER TABLE bauta.key ALTER status DROP DEFAULT"},
      {"ALTER TABLE bauta.meta ADD g int GENERATED ALWAYS AS (mine.i(retention_days)) STORED",
       "column g of table bauta.meta", "ALTER TABLE bauta.meta DROP g"},
      {"CREATE INDEX x ON bauta.meta (mine.i(retention_days))", "index bauta.x",
       "DROP INDEX bauta.x"},
      {"CREATE STATISTICS mine.s ON mine.i(1), horizon_ms FROM bauta.meta", "mine.s",
       "DROP STATISTICS mine.s"},
      {"ALTER TABLE bauta.meta ALTER quarantine_days TYPE mine.days", "table bauta.meta",
       "ALTER TABLE bauta.meta ALTER quarantine_days TYPE integer"},
      {"CREATE TABLE mine.child () INHERITS (bauta.batch)", "partition mine.child",
       "DROP TABLE mine.child"},
  };
  for (const auto& k : kCases) {
    SCOPED_TRACE(k.plant);
    const auto planted = c.Query(k.plant);
    ASSERT_TRUE(planted.ok()) << planted.error().message;
    const auto did = Init(c, Logins(), {.roles = true});
    ASSERT_FALSE(did.ok());
    EXPECT_EQ(did.error().code, ErrorCode::kConfig);
    EXPECT_NE(did.error().message.find(k.says), std::string::npos) << did.error().message;
    EXPECT_FALSE(c.Query(PrintSql({.roles = true}, "user_logins")).ok());
    ASSERT_TRUE(c.Rollback());
    ASSERT_TRUE(c.Query(k.remove).ok());
    EXPECT_NE(All(c,
                  "SELECT pg_get_userbyid(relowner)::text, 1 FROM pg_class WHERE oid = "
                  "'bauta.meta'::regclass"),
              "bauta_owner");
  }
  const auto did = Init(c, Logins(), {.roles = true});
  EXPECT_TRUE(did.ok()) << did.error().message;
}

// What a run may call, and what others were granted, are ours again.
TEST(SchemaTest, RolesMakeFunctionsAndViewAnew) {
  REQUIRE_POSTGRES();
  for (const bool by_script : {false, true}) {
    SCOPED_TRACE(by_script);
    pg::Connection c = Connect(FreshDatabase()), fresh = Connect(FreshDatabase());
    const std::string body =
        "SELECT prosrc, 1 FROM pg_proc WHERE proname LIKE 'expire%' AND pronamespace = "
        "'bauta'::regnamespace UNION ALL "
        "SELECT pg_get_viewdef('bauta.fate'::regclass), 1";
    ASSERT_TRUE(Init(fresh, Logins(), {}).ok());
    ASSERT_TRUE(Init(c, Logins(), {.create_table = true}).ok());
    ASSERT_TRUE(
        c.Query("CREATE OR REPLACE FUNCTION bauta.expire_rest() RETURNS void LANGUAGE sql "
                "SECURITY DEFINER AS 'DELETE FROM bauta.ledger'; "
                "CREATE OR REPLACE VIEW bauta.fate AS SELECT pipeline, message_id, sent_ms, at AS "
                "sent_at, 1::bigint AS quarantined, length(sealed)::bigint AS replayed "
                "FROM bauta.quarantine; "
                "GRANT ALL ON bauta.meta, bauta.ledger_07 TO PUBLIC; "
                "GRANT UPDATE (horizon_ms) ON bauta.meta TO PUBLIC; "
                "GRANT ALL ON SCHEMA bauta TO PUBLIC")
            .ok());
    ASSERT_NE(All(c, body), All(fresh, body));
    if (by_script) {
      const auto ran = c.Query(PrintSql({.roles = true}, "user_logins"));
      ASSERT_TRUE(ran.ok()) << ran.error().message;
    } else {
      const auto did = Init(c, Logins(), {.roles = true});
      ASSERT_TRUE(did.ok()) << did.error().message;
    }
    EXPECT_EQ(All(c, body), All(fresh, body));
    EXPECT_EQ(
        c.Query("SELECT concat_ws(' ', has_schema_privilege('bauta_ingest', 'bauta', 'CREATE'), "
                "has_table_privilege('bauta_ingest', 'bauta.ledger_07', 'DELETE'), "
                "has_table_privilege('bauta_ingest', 'bauta.meta', 'TRIGGER'), "
                "has_any_column_privilege('bauta_ingest', 'bauta.meta', 'UPDATE'))")
            ->Text(0, 0),
        "f f f f");
  }
}

TEST(SchemaTest, PrintsTheTableAndTheGrants) {
  EXPECT_EQ(PrintSql().find("user_logins("), std::string::npos);
  EXPECT_NE(PrintSql({.create_table = true}).find("user_logins("), std::string::npos);
  EXPECT_NE(PrintSql().find("\n--   GRANT USAGE ON SCHEMA bauta TO ingest;\n"), std::string::npos);
}

TEST(SchemaTest, ExpiryRaisesTheHorizonAndNeverLowersIt) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  ASSERT_TRUE(Init(c, Logins(), {}).ok());
  const auto horizon = [&] { return c.Query("SELECT horizon_ms FROM bauta.meta")->Int(0, 0); };
  const auto add = [&](int day) {
    return c
        .Exec(
            "INSERT INTO bauta.ledger VALUES ($1::int8 * 86400000, gen_random_uuid(), 1, "
            "($1 % 64)::int2)",
            pg::Params().Int64(day))
        .ok();
  };
  ASSERT_TRUE(add(10'000) && add(10'050));
  EXPECT_EQ(c.Query("SELECT bauta.expire(10000 % 64)")->Text(0, 0), "truncated");
  EXPECT_EQ(horizon(), (10'050 - 35) * 86'400'000LL);
  EXPECT_EQ(c.Query("SELECT bauta.expire(10050 % 64)")->Text(0, 0), "kept");
  EXPECT_EQ(c.Query("SELECT count(*) FROM bauta.ledger")->Int(0, 0), 1);
  ASSERT_TRUE(c.Query("TRUNCATE bauta.ledger").ok() && add(10'030));
  EXPECT_EQ(c.Query("SELECT bauta.expire(1)")->Text(0, 0), "empty");
  EXPECT_EQ(horizon(), (10'050 - 35) * 86'400'000LL);
}

TEST(SchemaTest, ExpiryEmptiesReplayedRecordsAndOldHeldOnes) {
  REQUIRE_POSTGRES();
  pg::Connection c = Connect(FreshDatabase());
  ASSERT_TRUE(Init(c, Logins(), {}).ok());
  ASSERT_TRUE(c.Query("INSERT INTO bauta.quarantine (pipeline, sent_ms, message_id, "
                      "message_id_text, reason, receive_count, recipient, sealed, at, state) "
                      "SELECT 1, 1, gen_random_uuid(), 'm', 'too_long', 1, 'q1', 'x', "
                      "now() - days * interval '1d', state FROM (VALUES (0, 'held'), (31, 'held'), "
                      "(0, 'replayed')) AS v(days, state)")
                  .ok());
  ASSERT_TRUE(c.Query("SELECT bauta.expire_rest()").ok());
  EXPECT_EQ(c.Query("SELECT string_agg(concat_ws(' ', state, sealed IS NULL), ', ' ORDER BY id) "
                    "FROM bauta.quarantine")
                ->Text(0, 0),
            "held f, expired t, replayed t");
}

}  // namespace
}  // namespace bauta::schema
