#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temp_postgres.h"
#include "sinks/postgres_sink.h"

namespace bauta::sinks {
namespace {

using testing::HasSubstr;

class TableSchemaTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_POSTGRES();
    static int n = 0;
    const std::string database = "table_test_" + std::to_string(++n);
    Exec(*Connect("postgres"), "CREATE DATABASE " + database);
    db_ = Connect(database);
  }

  static std::unique_ptr<pg::Connection> Connect(const std::string& database) {
    Result<pg::Connection> c =
        pg::Connection::Open({.url = fakes::TempPostgres::Instance().url(database)});
    if (!c.ok()) ADD_FAILURE() << c.error().message;
    return std::make_unique<pg::Connection>(std::move(c).value());
  }
  static void Exec(pg::Connection& connection, const std::string& sql) {
    const auto done = connection.Query(sql);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  void ExpectRefused(const std::string& table, const std::string& says) {
    const Result<TableSchema> schema = ReadTableSchema(*db_, table);
    ASSERT_FALSE(schema.ok()) << table;
    EXPECT_EQ(schema.error().code, ErrorCode::kConfig);
    EXPECT_THAT(schema.error().message, HasSubstr(says));
  }

  std::unique_ptr<pg::Connection> db_;
};

TEST_F(TableSchemaTest, RefusesTablesThatLoseRows) {
  Exec(*db_, "CREATE UNLOGGED TABLE u (a int); CREATE VIEW v AS SELECT 1 AS a");
  ExpectRefused("u", "is unlogged");
  ExpectRefused("v", "is no table");
  ExpectRefused("missing", "does not exist");
}

TEST_F(TableSchemaTest, RefusesATableWithAPartitionThatLosesRows) {
  Exec(*db_, R"(
CREATE TABLE good (a int) PARTITION BY LIST (a);
CREATE TABLE good_1 PARTITION OF good FOR VALUES IN (1);
CREATE TABLE outer_one (a int, b int) PARTITION BY LIST (a);
CREATE TABLE inner_one PARTITION OF outer_one FOR VALUES IN (1) PARTITION BY LIST (b);
CREATE TABLE safe PARTITION OF inner_one FOR VALUES IN (1);
CREATE UNLOGGED TABLE unsafe PARTITION OF inner_one FOR VALUES IN (2);
CREATE TABLE far (a int) PARTITION BY LIST (a);
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE abroad PARTITION OF far FOR VALUES IN (1) SERVER elsewhere;)");
  EXPECT_TRUE(ReadTableSchema(*db_, "good").ok());
  ExpectRefused("outer_one", "its partition public.unsafe is unlogged");
  ExpectRefused("inner_one", "its partition public.unsafe is unlogged");
  ExpectRefused("far", "its partition public.abroad is a foreign table");
}

TEST_F(TableSchemaTest, ReadsTypesAndLimits) {
  Exec(*db_,
       "CREATE TABLE k (a varchar(7), b numeric(10,3), c char(2), d text[], e int4range, "
       "f numeric)");
  const Result<TableSchema> k = ReadTableSchema(*db_, "k");
  ASSERT_TRUE(k.ok());
  EXPECT_EQ(k->columns[0].max_chars, 7);
  EXPECT_EQ(k->columns[1].precision, 10);
  EXPECT_EQ(k->columns[1].scale, 3);
  EXPECT_EQ(k->columns[2].max_chars, 2);
  EXPECT_EQ(k->columns[3].type, ColumnType::kTextArray);
  EXPECT_EQ(k->columns[4].type, ColumnType::kUnsupported);
  EXPECT_EQ(k->columns[5].precision, 0);
}

}  // namespace
}  // namespace bauta::sinks
