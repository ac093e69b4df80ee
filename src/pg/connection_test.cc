#include "pg/connection.h"

#include <gtest/gtest.h>

#include "fakes/temp_postgres.h"
#include "pg/catalog.h"
#include "pg/copy_buffer.h"

namespace bauta::pg {
namespace {

const fakes::TempPostgres& Server() { return fakes::TempPostgres::Instance(); }

Connection Connect() {
  Result<Connection> c = Connection::Open({.url = Server().url()});
  if (!c.ok()) ADD_FAILURE() << c.error().message;
  return std::move(c).value();
}

TEST(ConnectionTest, RoundTripsParametersAndRows) {
  REQUIRE_POSTGRES();
  Connection c = Connect();
  const Uuid id = *ParseUuid("0b0e9a38-54f5-4d2c-9b1c-8b8b5f6f0a01");
  const std::vector<std::optional<std::string_view>> texts = {"a", std::nullopt};
  const Result<Rows> rows =
      c.Exec("SELECT $1::text, $2::int8, $3::uuid, $4::bytea, $5::text[], $6::text, $7::bool",
             Params()
                 .Text("x'y")
                 .Int64(-5)
                 .Uuid(id)
                 .Bytes(std::string_view("\0\xff", 2))
                 .Texts(texts)
                 .TextOrNull(std::nullopt)
                 .Bool(true));
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->Text(0, 0), "x'y");
  EXPECT_EQ(rows->Int(0, 1), -5);
  EXPECT_EQ(rows->Text(0, 2), ToString(id));
  EXPECT_EQ(rows->Bytes(0, 3), std::string("\0\xff", 2));
  EXPECT_EQ(rows->Text(0, 4), "{a,NULL}");
  EXPECT_TRUE(rows->IsNull(0, 5));
  EXPECT_TRUE(rows->Bool(0, 6));
}

TEST(ConnectionTest, CopiesEveryType) {
  REQUIRE_POSTGRES();
  using namespace std::string_view_literals;
  Connection c = Connect();
  ASSERT_TRUE(c.Query("CREATE TEMP TABLE t (a int2, b int4, c int8, d real, e float8, f bool, "
                      "g text, h date, i timestamptz, j uuid, k numeric(12,3), l inet, m cidr, "
                      "n jsonb, o text[])")
                  .ok());
  CopyBuffer b;
  b.Begin();
  b.BeginRow(15);
  b.Int16(-1);
  b.Int32(2);
  b.Int64(1LL << 40);
  b.Float32(1.5F);
  b.Float64(-2.25);
  b.Bool(true);
  b.Text("\xc3\xa9");
  b.Date(-1);
  b.Timestamp(1'000'000);
  b.Uuid(*ParseUuid("0b0e9a38-54f5-4d2c-9b1c-8b8b5f6f0a01"));
  b.Numeric("-12345.678");
  b.Inet("\xc0\x00\x02\x01\x20"sv, false);
  b.Inet("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\x20"sv, true);
  b.Jsonb("{\"a\": 1}");
  b.TextArray("\1\0\0\0a\xff\xff\xff\xff"sv);
  b.End();
  const Result<std::int64_t> n = c.Copy("COPY t FROM STDIN (FORMAT binary)", b.data());
  ASSERT_TRUE(n.ok()) << n.error().message;
  EXPECT_EQ(*n, 1);
  const Result<Rows> rows = c.Query("SET timezone = 'UTC'; SELECT t::text FROM t");
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->Text(0, 0),
            "(-1,2,1099511627776,1.5,-2.25,t,\xc3\xa9,1999-12-31,\"2000-01-01 00:00:01+00\","
            "0b0e9a38-54f5-4d2c-9b1c-8b8b5f6f0a01,-12345.678,192.0.2.1,2001:db8::/32,"
            "\"{\"\"a\"\": 1}\",\"{a,NULL}\")");
}

TEST(ConnectionTest, KeepsValuesOutOfErrors) {
  REQUIRE_POSTGRES();
  Connection c = Connect();
  ASSERT_TRUE(c.Query("CREATE TEMP TABLE s (v text CONSTRAINT v_once UNIQUE)").ok());
  const Result<Rows> rows = c.Query("INSERT INTO s VALUES ('198.51.100.7'), ('198.51.100.7')");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kFatal);
  EXPECT_EQ(rows.error().message.find("198.51"), std::string::npos) << rows.error().message;
  EXPECT_NE(rows.error().message.find("v_once"), std::string::npos);
  EXPECT_EQ(c.last_failure().sqlstate, "23505");
  EXPECT_EQ(c.last_failure().constraint, "v_once");
  EXPECT_TRUE(c.Query("SELECT 1").ok());
}

// What a function raises may call anything a name, also a value, also a table of ours.
TEST(ConnectionTest, TakesNoNamesFromARaise) {
  REQUIRE_POSTGRES();
  Connection c = Connect();
  for (const char* state : {"P0002", "23505", "23514"}) {
    const Result<Rows> rows = c.Query(
        "DO $$DECLARE ip text := '198.51.100.7'; BEGIN RAISE EXCEPTION 'no' USING ERRCODE "
        "= '" +
        std::string(state) +
        "', SCHEMA = 'bauta', TABLE = ip, COLUMN = ip, CONSTRAINT = ip, DATATYPE = ip; "
        "END$$");
    ASSERT_FALSE(rows.ok());
    EXPECT_NE(rows.error().message.find(state), std::string::npos) << rows.error().message;
    EXPECT_EQ(rows.error().message.find("198.51"), std::string::npos) << rows.error().message;
    const Failure& failure = c.last_failure();
    EXPECT_EQ(failure.schema + failure.table + failure.column + failure.constraint, "") << state;
    EXPECT_FALSE(NamesOurs(failure)) << state;
    EXPECT_EQ(MayBlameRow(failure), std::string(state) != "P0002") << state;
  }
}

TEST(ConnectionTest, RunsAScriptThatWaitsTwiceForData) {
  REQUIRE_POSTGRES();
  Connection c = Connect();
  CopyBuffer b;
  b.Begin();
  b.BeginRow(1);
  b.Int32(7);
  b.End();
  ASSERT_TRUE(c.Query("CREATE TEMP TABLE q (v int)").ok());
  Result<Connection::Progress> p = c.Run(
      "BEGIN; COPY q FROM STDIN (FORMAT binary); SELECT 5; COPY q FROM STDIN (FORMAT binary); "
      "SELECT count(*) FROM q");
  ASSERT_TRUE(p.ok() && p->wants_data);
  p = c.Feed(b.data());
  ASSERT_TRUE(p.ok() && p->wants_data);
  EXPECT_EQ(p->results[1].Int(0, 0), 5);
  p = c.Feed(b.data());
  ASSERT_TRUE(p.ok() && !p->wants_data);
  EXPECT_EQ(p->results[1].Int(0, 0), 2);
  EXPECT_TRUE(c.Commit().ok());
}

TEST(ConnectionTest, RollsBackFromTheMiddleOfACopy) {
  REQUIRE_POSTGRES();
  Connection c = Connect();
  ASSERT_TRUE(c.Query("CREATE TEMP TABLE r (v int)").ok());
  const Result<Connection::Progress> p = c.Run("BEGIN; COPY r FROM STDIN (FORMAT binary)");
  ASSERT_TRUE(p.ok() && p->wants_data);
  EXPECT_TRUE(c.Rollback());
  EXPECT_EQ(c.Query("SELECT count(*) FROM r")->Int(0, 0), 0);
}

TEST(ConnectionTest, TellsALostConnection) {
  REQUIRE_POSTGRES();
  Connection c = Connect(), other = Connect();
  ASSERT_TRUE(other.Exec("SELECT pg_terminate_backend($1)", Params().Int32(c.backend_pid())).ok());
  const Result<Rows> rows = c.Query("SELECT 1");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kRetryable);
  EXPECT_FALSE(c.Rollback());
}

TEST(ConnectionTest, SaysWhyItCannotConnect) {
  REQUIRE_POSTGRES();
  const struct {
    std::string url;
    ErrorCode code;
    std::string says;
  } kCases[] = {
      {Server().url("no_such"), ErrorCode::kConfig, "no database named no_such"},
      {Server().url() + " user=nobody_here", ErrorCode::kConfig, "refuses user nobody_here"},
      {"host=127.0.0.1 port=1 password=hunter2", ErrorCode::kRetryable, "127.0.0.1:1"},
  };
  for (const auto& c : kCases) {
    const Result<Connection> connection = Connection::Open({.url = c.url});
    ASSERT_FALSE(connection.ok());
    EXPECT_EQ(connection.error().code, c.code) << connection.error().message;
    EXPECT_NE(connection.error().message.find(c.says), std::string::npos)
        << connection.error().message;
    EXPECT_EQ(connection.error().message.find("hunter2"), std::string::npos);
  }
}

TEST(ConnectionTest, TellsAWrongPassword) {
  REQUIRE_POSTGRES();
  Connection c = Connect();
  const std::string file = c.Query("SHOW hba_file")->String(0, 0);
  ASSERT_TRUE(c.Query("CREATE ROLE pat LOGIN PASSWORD 'right'").ok());
  ASSERT_TRUE(c.Query("COPY (SELECT 'local all pat scram-sha-256' UNION ALL SELECT "
                      "'local all all trust') TO '" +
                      file + "'; SELECT pg_reload_conf()")
                  .ok());
  Result<Connection> wrong = Connection::Open({.url = Server().url() + " user=pat password=wrong"});
  while (wrong.ok()) {  // Until the server has read the file.
    wrong = Connection::Open({.url = Server().url() + " user=pat password=wrong"});
  }
  EXPECT_EQ(wrong.error().code, ErrorCode::kConfig);
  EXPECT_NE(wrong.error().message.find("wrong password for user pat"), std::string::npos)
      << wrong.error().message;
  const Result<Connection> none = Connection::Open({.url = Server().url() + " user=pat"});
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("wants a password"), std::string::npos);
}

TEST(CatalogTest, ReadsTablesByAnySpelling) {
  REQUIRE_POSTGRES();
  Connection c = Connect();
  ASSERT_TRUE(c.Query("CREATE SCHEMA IF NOT EXISTS \"Odd\"; DROP DOMAIN IF EXISTS zip CASCADE;"
                      "CREATE DOMAIN zip AS varchar(5) NOT NULL;"
                      "CREATE TABLE \"Odd\".\"My Table\" (id bigint GENERATED ALWAYS AS IDENTITY, "
                      "v varchar(7) NOT NULL DEFAULT 'x', \"Z\" zip, "
                      "g int GENERATED ALWAYS AS (1) STORED)")
                  .ok());
  const Result<CatalogTable> t = ReadTable(c, "\"Odd\".\"My Table\"");
  ASSERT_TRUE(t.ok()) << t.error().message;
  EXPECT_EQ(t->schema, "Odd");
  EXPECT_EQ(t->name, "My Table");
  ASSERT_EQ(t->columns.size(), 4u);
  EXPECT_TRUE(t->columns[0].identity_always);
  EXPECT_EQ(t->columns[1].type_oid, 1043u);
  EXPECT_EQ(t->columns[1].typmod, 11);
  EXPECT_TRUE(t->columns[1].not_null && t->columns[1].has_default);
  EXPECT_EQ(t->columns[2].name, "Z");
  EXPECT_EQ(t->columns[2].type_oid, 1043u);
  EXPECT_EQ(t->columns[2].typmod, 9);
  EXPECT_TRUE(t->columns[2].not_null);
  EXPECT_TRUE(t->columns[3].generated);

  const Result<CatalogTable> none = ReadTable(c, "nowhere");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kConfig);
  EXPECT_NE(none.error().message.find("search path: public"), std::string::npos)
      << none.error().message;
  const Result<CatalogTable> bad = ReadTable(c, "a.b.c.d.e");
  EXPECT_FALSE(bad.ok());
}

}  // namespace
}  // namespace bauta::pg
