#include "cli/case_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/case_table.h"

namespace bauta::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kColumns = {"user_id", "app_version", "tags"};

CaseFile Read(std::string_view text) { return ReadCaseFile("c.yaml", text, kColumns); }

std::vector<std::string> ProblemsOf(std::string_view text) {
  std::vector<std::string> problems;
  for (const config::Problem& p : Read(text).problems) {
    problems.push_back(fmt::format("{}:{} {} {}: {}", p.line, p.column, p.code, p.path, p.message));
  }
  return problems;
}

TEST(CaseFileTest, ReadsABodyAsItIsOrAsYamlThatSaysJson) {
  const CaseFile file = Read(R"yaml(cases:
  - body: '{"a": 1.50}'
  - body: {"a": 1.50, b: "1", c: null, d: [true, no, {e: 'x"y'}], f: 1e3, g: {}}
  - body: |
      {"a":
       2}
)yaml");
  EXPECT_THAT(file.problems, IsEmpty());
  ASSERT_EQ(file.cases.size(), 3u);
  EXPECT_EQ(file.cases[0].body, R"({"a": 1.50})");
  EXPECT_EQ(file.cases[1].body,
            R"({"a":1.50,"b":"1","c":null,"d":[true,"no",{"e":"x\"y"}],"f":1e3,"g":{}})");
  EXPECT_EQ(file.cases[2].body, "{\"a\":\n 2}\n");
}

TEST(CaseFileTest, ReadsWhatIsExpected) {
  const CaseFile file = Read(R"yaml(
table: {user_id: varchar(128) not null}
cases:
  - name: one
    body: x
    sent_at: 2026-11-21T07:00:00.5+01:00
    row: {user_id: {token_of: 192.0.2.1}, app_version: "*", tags: [a, null, 1]}
  - body: x
    row: {user_id: null, app_version: 2003000}
  - body: x
    reason: not_json
)yaml");
  EXPECT_THAT(file.problems, IsEmpty());
  ASSERT_EQ(file.cases.size(), 3u);
  EXPECT_EQ(file.table->Find("user_id")->max_chars, 128);
  EXPECT_EQ(file.cases[0].name, "one");
  EXPECT_EQ(file.cases[0].place.line, 4);
  EXPECT_EQ(file.cases[0].sent_ms, 1'795'240'800'500);
  const std::vector<Expected>& row = *file.cases[0].outcome.row;
  EXPECT_EQ(row[0].kind, Expected::Kind::kTokenOf);
  EXPECT_EQ(row[0].text, "192.0.2.1");
  EXPECT_EQ(row[1].kind, Expected::Kind::kAnything);
  EXPECT_EQ(row[2].kind, Expected::Kind::kText);
  EXPECT_EQ(row[2].text, R"(["a",null,1])");
  EXPECT_EQ(file.cases[1].outcome.row->front().kind, Expected::Kind::kNull);
  EXPECT_EQ(file.cases[1].name, "case 2");
  EXPECT_EQ(file.cases[1].sent_ms, 1'767'225'600'000);
  EXPECT_EQ(file.cases[2].outcome.reason, "not_json");
}

TEST(CaseFileTest, ReadsWhatStandsBesideTheBodyAndSeveralEvents) {
  const CaseFile file = Read(R"yaml(
table: {user_id: text}
cases:
  - body: x
    attributes: {client: web, n: 1.50, quoted: "7", "odd \"name": ""}
    system: {SenderId: AIDA, AWSTraceHeader: "Root=1"}
    events:
      - row: {user_id: a}
      - {reason: not_object}
      - {}
  - body: x
    events: []
)yaml");
  EXPECT_THAT(file.problems, IsEmpty());
  const Case& first = file.cases.at(0);
  EXPECT_EQ(first.attributes, R"({"client":{"DataType":"String","StringValue":"web"},)"
                              R"("n":{"DataType":"Number","StringValue":"1.50"},)"
                              R"("quoted":{"DataType":"String","StringValue":"7"},)"
                              R"("odd \"name":{"DataType":"String","StringValue":""}})");
  EXPECT_EQ(first.system, R"({"SenderId":"AIDA","AWSTraceHeader":"Root=1"})");
  ASSERT_EQ(first.events->size(), 3u);
  EXPECT_EQ(first.events->at(0).row->front().text, "a");
  EXPECT_EQ(first.events->at(1).reason, "not_object");
  EXPECT_TRUE(file.cases.at(1).events->empty());
  EXPECT_THAT(
      ProblemsOf("cases:\n  - {body: y, system: {SendrId: x}, reason: not_json, events: [1]}\n"),
      ElementsAre("2:24 E012 system: unknown key \"SendrId\"; did you mean \"SenderId\"?",
                  "2:55 E035 events: stands beside what one event becomes",
                  "2:64 E014 events: must be a map: {row: ...} or {reason: ...}"));
}

TEST(CaseFileTest, TellsEverythingThatIsWrongAtItsPlace) {
  EXPECT_THAT(ProblemsOf("tabel: {}\n"),
              ElementsAre("1:1 E012 : unknown key \"tabel\"; did you mean \"table\"?",
                          "1:1 E010 cases: is missing"));
  EXPECT_THAT(ProblemsOf("cases:\n  - {nam: x, body: y}\n  - 5\n  - {name: z}\n"),
              ElementsAre("2:6 E012 cases: unknown key \"nam\"; did you mean \"name\"?",
                          "3:5 E014 cases: must be a case: {name: ..., body: ..., row: ...}",
                          "4:5 E010 body: is missing"));
  EXPECT_THAT(ProblemsOf("cases:\n  - body: y\n    row: {user_idd: 1, tags: x, tags: y}\n"),
              ElementsAre("3:11 E012 row: unknown key \"user_idd\"; did you mean \"user_id\"?",
                          "3:33 E011 row: key \"tags\" stands twice"));
  EXPECT_THAT(ProblemsOf("cases:\n  - {body: y, reason: not_jsn, row: {}}\n"),
              ElementsAre("2:15 E035 reason: stands beside a row",
                          "2:23 E015 reason: no reason \"not_jsn\"; did you mean \"not_json\"?"));
  EXPECT_THAT(ProblemsOf("cases:\n  - {body: y, column: tags, sent_at: noon}\n"),
              ElementsAre("2:15 E035 column: says which column a reason is about",
                          "2:38 E014 sent_at: is no time"));
  EXPECT_THAT(ProblemsOf("table: [a]\ncases: {}\n"),
              ElementsAre("1:8 E014 table: must be a map of columns and their types",
                          "2:8 E014 cases: must be a list of cases"));
  EXPECT_THAT(ProblemsOf("cases: ["), ElementsAre(::testing::StartsWith("1:1 E002 ")));
}

TEST(CaseTableTest, ReadsWhatItWrites) {
  for (const char* words : {"text",
                            "varchar(128)",
                            "char(9)",
                            "bpchar",
                            "smallint",
                            "integer",
                            "bigint",
                            "numeric",
                            "numeric(10,2)",
                            "real",
                            "double precision",
                            "boolean",
                            "date",
                            "timestamp",
                            "timestamptz",
                            "uuid",
                            "inet",
                            "cidr",
                            "json",
                            "jsonb",
                            "text[]",
                            "enum",
                            "enum not null",
                            "numeric(3,-2)",
                            "integer not null",
                            "bigint not null default",
                            "money"}) {
    EXPECT_EQ(ColumnTypeWords(ReadColumnType("c", words)), words);
  }
  for (int type = 0; type <= static_cast<int>(ColumnType::kUnsupported); ++type) {
    Column column;
    column.type = static_cast<ColumnType>(type);
    column.type_name = "mood";
    const Column read = ReadColumnType("c", ColumnTypeWords(column));
    EXPECT_EQ(read.type, column.type) << ColumnTypeWords(column);
    EXPECT_EQ(read.max_chars, 0) << ColumnTypeWords(column);
  }
  EXPECT_EQ(ReadColumnType("c", "char").max_chars, 1);
  EXPECT_EQ(ReadColumnType("c", "character not null").max_chars, 1);
  EXPECT_EQ(ReadColumnType("c", "money").type, ColumnType::kUnsupported);
  EXPECT_EQ(ReadColumnType("c", "Character Varying (12) NOT NULL").max_chars, 12);
  EXPECT_EQ(ReadColumnType("c", "timestamp(3) with time zone").type, ColumnType::kTimestampTz);
  EXPECT_EQ(ReadColumnType("c", "decimal( 8 , 3 )").scale, 3);
}

TEST(CaseTableTest, TakesNoNumbersThatAreNone) {
  for (const char* words : {"varchar(1O)", "varchar(abc)", "varchar()", "varchar(0)", "varchar(-1)",
                            "varchar(1,2)", "varchar(99999999999)", "char(0)", "numeric(1,2,3)",
                            "numeric(1,)", "numeric(,1)", "numeric(1 2)", "integer(4)", "text(9)",
                            "timestamp(x)", "varchar(9", "varchar 9)", "varchar)9("}) {
    EXPECT_EQ(ReadColumnType("c", words).type, ColumnType::kUnsupported) << words;
  }
}

}  // namespace
}  // namespace bauta::cli
