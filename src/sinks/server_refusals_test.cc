// Rows that only the server refuses: the guilty alone are quarantined.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "fakes/sink_fixture.h"

namespace bauta::sinks {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Scenario {
  const char* name;
  const char* sql;              // Makes the table refuse.
  std::vector<int> numbers;     // One row each, named "row N", messages 1, 2...
  std::vector<int> quarantine;  // Which of the numbers, by message.
  const char* why;              // reason/sqlstate/constraint/column of all of them.

  friend void PrintTo(const Scenario& it, std::ostream* out) { *out << it.name; }
};

constexpr const char* kRaises =
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
    "IF NEW.number % 100 = 13 THEN RAISE EXCEPTION 'unlucky %', NEW.name; END IF; RETURN NEW; "
    "END$$; ";

const std::vector<Scenario>& Scenarios() {
  static const std::vector<Scenario> all = {
      {"check", "", {1, 5000, 3}, {2}, "constraint/23514/small/"},
      {"first", "", {5000, 2, 3}, {1}, "constraint/23514/small/"},
      {"last", "", {1, 2, 5000}, {3}, "constraint/23514/small/"},
      {"all", "", {5000, 5001}, {1, 2}, "constraint/23514/small/"},
      {"unique_within",
       "ALTER TABLE t ADD CONSTRAINT once UNIQUE (number)",
       {7, 8, 7, 9},
       {3},
       "constraint/23505/once/"},
      {"unique_index",
       "CREATE UNIQUE INDEX by_number ON t (number); INSERT INTO t (number) VALUES (8)",
       {7, 8, 9},
       {2},
       "constraint/23505/by_number/"},
      {"not_null",
       "ALTER TABLE t ADD other int NOT NULL DEFAULT 1; CREATE FUNCTION n() RETURNS trigger "
       "LANGUAGE plpgsql AS $$BEGIN IF NEW.number = 2 THEN NEW.name := NULL; END IF; RETURN NEW; "
       "END$$; CREATE TRIGGER n BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION n(); "
       "ALTER TABLE t ALTER name SET NOT NULL",
       {1, 2, 3},
       {2},
       "constraint/23502//name"},
      {"foreign_key",
       "CREATE TABLE o (n int PRIMARY KEY); INSERT INTO o VALUES (1), (3); "
       "ALTER TABLE t ADD CONSTRAINT to_o FOREIGN KEY (number) REFERENCES o",
       {1, 2, 3, 4},
       {2, 4},
       "constraint/23503/to_o/"},
      {"deferred",
       "CREATE TABLE o (n int PRIMARY KEY); INSERT INTO o VALUES (1), (3); ALTER TABLE t ADD "
       "CONSTRAINT to_o FOREIGN KEY (number) REFERENCES o DEFERRABLE INITIALLY DEFERRED",
       {1, 2, 3},
       {2},
       "constraint/23503/to_o/"},
      {"refers_to_a_later_row",  // 5 is 4's parent, and comes last; nobody is 9's.
       "ALTER TABLE t ADD parent int GENERATED ALWAYS AS (CASE number WHEN 4 THEN 5 WHEN 8 THEN 9 "
       "END) STORED; ALTER TABLE t ADD UNIQUE (number); ALTER TABLE t ADD CONSTRAINT up "
       "FOREIGN KEY (parent) REFERENCES t (number) DEFERRABLE INITIALLY DEFERRED",
       {4, 8, 1, 2, 5},
       {2},
       "constraint/23503/up/"},
      {"exclusion",
       "ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING btree (number WITH =)",
       {7, 7, 8},
       {2},
       "constraint/23P01/apart/"},
      {"domain",
       "CREATE DOMAIN little AS int CONSTRAINT tiny CHECK (VALUE < 10); "
       "ALTER TABLE t ALTER number TYPE little",
       {1, 20, 3},
       {2},
       "constraint/23514/tiny/"},
      {"trigger_raises",
       "CREATE TRIGGER s BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
       {1, 13, 3, 113},
       {2, 4},
       "constraint/P0001//"},
      {"constraint_trigger",
       "CREATE CONSTRAINT TRIGGER s AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED "
       "FOR EACH ROW EXECUTE FUNCTION f()",
       {1, 13, 3},
       {2},
       "constraint/P0001//"},
      {"trigger_names_a_value_as_constraint",
       "CREATE FUNCTION v() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.number = 2 THEN "
       "RAISE EXCEPTION 'no' USING ERRCODE = '23514', CONSTRAINT = NEW.name, COLUMN = NEW.name; "
       "END IF; RETURN NEW; END$$; "
       "CREATE TRIGGER v BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION v()",
       {1, 2},
       {2},
       "constraint/23514//"},
      {"trigger_names_our_ledger",
       "CREATE FUNCTION v() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.number = 2 THEN "
       "RAISE EXCEPTION 'no' USING ERRCODE = '23505', SCHEMA = 'bauta', TABLE = 'ledger_07'; "
       "END IF; RETURN NEW; END$$; "
       "CREATE TRIGGER v BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION v()",
       {1, 2},
       {2},
       "constraint/23505//"},
      {"trigger_suppresses",
       "CREATE FUNCTION z() RETURNS trigger LANGUAGE plpgsql AS "
       "$$BEGIN IF NEW.number = 2 THEN RETURN NULL; END IF; RETURN NEW; END$$; "
       "CREATE TRIGGER z BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION z()",
       {1, 2, 3},
       {2},
       "row_suppressed///"},
      {"oversized_index_row",
       "CREATE FUNCTION big(int) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT CASE $1 WHEN 2 "
       "THEN (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 900) i) END$$; "
       "CREATE INDEX ON t (big(number))",
       {1, 2, 3},
       {2},
       "constraint/54000//"},
      {"row_security_of_another_table",
       "CREATE TABLE o (n int); ALTER TABLE o ENABLE ROW LEVEL SECURITY; CREATE ROLE plain_%; "
       "CREATE POLICY odd ON o WITH CHECK (n % 2 = 1); GRANT INSERT ON o TO plain_%; "
       "GRANT INSERT ON t TO plain_%; CREATE FUNCTION r() RETURNS trigger LANGUAGE plpgsql "
       "SECURITY DEFINER AS $$BEGIN INSERT INTO o VALUES (NEW.number); RETURN NEW; END$$; "
       "ALTER FUNCTION r() OWNER TO plain_%; "
       "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION r()",
       {1, 2, 3},
       {2},
       "constraint/42501//"},
  };
  return all;
}

class ServerRefusals : public PostgresSinkTest, public testing::WithParamInterface<Scenario> {};

TEST_P(ServerRefusals, QuarantineTheGuiltyAlone) {
  const Scenario& scenario = GetParam();
  std::string sql = std::string(kRaises) + scenario.sql;
  for (std::size_t at; (at = sql.find("plain_%")) != std::string::npos;) {
    sql.replace(at, 7, "plain_" + database_);
  }
  const auto made = db_->Query(sql);
  ASSERT_TRUE(made.ok()) << made.error().message;
  const std::int64_t before = Rows();

  BatchMaker maker;
  int message = 0;
  for (const int n : scenario.numbers) maker.Message(++message).Row("row " + std::to_string(n), n);
  Batch batch = maker.Take();
  auto sink = Sink();
  const Result<Written> rejected = sink->Write(batch);
  ASSERT_FALSE(rejected.ok());
  ASSERT_EQ(rejected.error().code, ErrorCode::kRejected) << rejected.error().message;
  EXPECT_EQ(batch.rejected.size(), scenario.quarantine.size());
  EXPECT_EQ(Ledger(), 0) << "nothing is written before the caller has seen who is to blame";

  const Result<Written> written = sink->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  const auto good = static_cast<std::int64_t>(scenario.numbers.size() - scenario.quarantine.size());
  EXPECT_EQ(Rows() - before, good);
  EXPECT_EQ(Ledger(), message);
  std::string guilty;
  for (const int n : scenario.quarantine) {
    guilty += (guilty.empty() ? "message-" : " message-") + std::to_string(n);
  }
  const auto held = db_->Query(
      "SELECT string_agg(message_id_text, ' ' ORDER BY id), string_agg(DISTINCT concat_ws('/', "
      "reason, coalesce(sqlstate, ''), coalesce(constraint_name, ''), coalesce(column_name, '')), "
      "' ') FROM bauta.quarantine");
  EXPECT_EQ(held->Text(0, 0), guilty);
  EXPECT_EQ(held->Text(0, 1), scenario.why);
}

INSTANTIATE_TEST_SUITE_P(Table, ServerRefusals, testing::ValuesIn(Scenarios()),
                         [](const auto& scenario) { return std::string(scenario.param.name); });

TEST_F(PostgresSinkTest, FindsManyCulpritsAmongThousands) {
  auto sink = Sink();
  BatchMaker maker;
  for (int n = 1; n <= 3000; ++n) maker.Message(n).Row("row", n % 7 == 0 ? 5000 : 1);
  Batch batch = maker.Take();
  ASSERT_EQ(sink->Write(batch).error().code, ErrorCode::kRejected);
  const Result<Written> written = sink->Write(batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->refusals.size(), 428u);
  EXPECT_EQ(written->refusals[0].constraint, "small");
  EXPECT_EQ(Rows(), 3000 - 428);
  EXPECT_EQ(One("SELECT count(*) FROM t WHERE number = 5000"), 0);
}

// What no row can be blamed for quarantines nothing.
struct Blameless {
  const char* name;
  const char* sql;
  ErrorCode code;

  friend void PrintTo(const Blameless& it, std::ostream* out) { *out << it.name; }
};

class BlamelessFailures : public PostgresSinkTest, public testing::WithParamInterface<Blameless> {};

TEST_P(BlamelessFailures, QuarantineNothing) {
  const auto made = db_->Query(
      "DROP TABLE t; CREATE TABLE t (name text, number int) PARTITION BY LIST (number); "
      "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)");
  ASSERT_TRUE(made.ok()) << made.error().message;
  auto sink = Sink();
  const auto spoilt = db_->Query(GetParam().sql);
  ASSERT_TRUE(spoilt.ok()) << spoilt.error().message;
  Batch batch = BatchMaker().Message(1).Row("a", 1).Message(2).Row("secret", 2).Take();
  const Result<Written> written = sink->Write(batch);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, GetParam().code) << written.error().message;
  EXPECT_THAT(written.error().message, Not(HasSubstr("secret")));
  EXPECT_TRUE(batch.rejected.empty());
  EXPECT_EQ(One("SELECT count(*) FROM bauta.quarantine"), 0);
  EXPECT_EQ(Ledger(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BlamelessFailures,
    testing::Values(
        Blameless{"no_partition", "SELECT 1", ErrorCode::kFatal},
        Blameless{"our_own_table",
                  "ALTER TABLE bauta.batch ADD CONSTRAINT never CHECK (messages < 0) NOT VALID",
                  ErrorCode::kFatal},
        Blameless{"no_privilege_in_a_trigger",
                  "CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2); CREATE FUNCTION p() RETURNS "
                  "trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = "
                  "'42501'; END$$; CREATE TRIGGER p BEFORE INSERT ON t1 FOR EACH ROW EXECUTE "
                  "FUNCTION p(); CREATE TRIGGER p BEFORE INSERT ON t2 FOR EACH ROW EXECUTE "
                  "FUNCTION p()",
                  ErrorCode::kConfig},
        Blameless{"dropped_column", "ALTER TABLE t DROP COLUMN name", ErrorCode::kConfig},
        Blameless{"dropped_table", "DROP TABLE t", ErrorCode::kConfig},
        Blameless{"unknown_sqlstate",
                  "CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2); CREATE FUNCTION p() RETURNS "
                  "trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = "
                  "'XY123'; END$$; CREATE TRIGGER p BEFORE INSERT ON t1 FOR EACH ROW EXECUTE "
                  "FUNCTION p()",
                  ErrorCode::kRetryable}),
    [](const auto& failure) { return std::string(failure.param.name); });

TEST_F(PostgresSinkTest, WhatItHasNotHeardOfMayPassButNotForLong) {
  const auto spoil = [this](const std::string& code) {
    const auto made = db_->Query(
        "CREATE OR REPLACE FUNCTION p() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE "
        "EXCEPTION 'no' USING ERRCODE = '" +
        code +
        "'; END$$; DROP TRIGGER IF EXISTS p ON t; "
        "CREATE TRIGGER p BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION p()");
    ASSERT_TRUE(made.ok()) << made.error().message;
  };
  auto sink = Sink();
  int n = 0;
  for (const char* code : {"XX000", "58030", "XY123"}) {
    Batch batch = Range(n + 1, n + 2);
    n += 2;
    spoil(code);
    for (int i = 1; i < 5; ++i) {
      EXPECT_EQ(sink->Write(batch).error().code, ErrorCode::kRetryable) << code << ' ' << i;
    }
    EXPECT_EQ(sink->Write(batch).error().code, ErrorCode::kFatal) << code;
    ASSERT_TRUE(db_->Query("DROP TRIGGER p ON t").ok());
    ASSERT_TRUE(sink->Write(batch).ok()) << "the count begins again";
  }
}

// A table that changes under a sink: by what SQL, and whether the run goes on.
struct Change {
  const char* name;
  const char* sql;
  bool goes_on;

  friend void PrintTo(const Change& it, std::ostream* out) { *out << it.name; }
};

class TableChanges : public PostgresSinkTest, public testing::WithParamInterface<Change> {};

TEST_P(TableChanges, AreReadOnceAgain) {
  auto sink = Sink();
  Batch before = Range(1, 2);
  ASSERT_TRUE(sink->Write(before).ok());
  const auto changed = db_->Query(GetParam().sql);
  ASSERT_TRUE(changed.ok()) << changed.error().message;
  Batch batch = Range(3, 4);
  const Result<Written> written = sink->Write(batch);
  EXPECT_EQ(One("SELECT count(*) FROM bauta.quarantine"), 0);
  if (GetParam().goes_on) {
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_EQ(One("SELECT count(*) FROM t WHERE name = 'row ' || number AND number IN (3, 4)"), 2);
    EXPECT_EQ(Ledger(), 4);
  } else {
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::kConfig) << written.error().message;
    EXPECT_EQ(Ledger(), 2);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, TableChanges,
    testing::Values(
        Change{"column_added", "ALTER TABLE t ADD extra int", true},
        Change{"not_null", "ALTER TABLE t ALTER name SET NOT NULL", true},
        Change{"widened", "ALTER TABLE t ALTER number TYPE bigint", true},
        Change{"narrowed", "ALTER TABLE t ALTER number TYPE smallint", false},
        Change{"same_width_other_type", "ALTER TABLE t ALTER number TYPE real", false},
        Change{"shortened", "ALTER TABLE t ALTER name TYPE varchar(20)", false},
        Change{"dropped", "ALTER TABLE t DROP COLUMN number", false},
        Change{"swapped",
               "BEGIN; ALTER TABLE t RENAME TO old; CREATE TABLE t (number bigint, name text, "
               "more int DEFAULT 7); COMMIT",
               true}),
    [](const auto& change) { return std::string(change.param.name); });

}  // namespace
}  // namespace bauta::sinks
