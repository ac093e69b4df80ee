#include "mapping/check_rules.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/mapping.h"

namespace bauta::mapping {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Column Named(std::string name, ColumnType type, std::string type_name, int max_chars = 0) {
  Column column = fakes::MakeColumn(type, max_chars);
  column.name = std::move(name);
  column.type_name = std::move(type_name);
  return column;
}

TableSchema Table(std::vector<Column> columns) { return {"public", "t", std::move(columns)}; }

// The problems of one rule for one column.
std::vector<Problem> Check(const ColumnRule& rule, Column column) {
  column.name = "c";
  static MappingRules rules;  // Problems point into it.
  rules.columns = {rule};
  return CheckRules(rules, Table({column}));
}

void ExpectOne(const ColumnRule& rule, const Column& column, const char* message) {
  const std::vector<Problem> problems = Check(rule, column);
  ASSERT_THAT(problems, SizeIs(1)) << message;
  EXPECT_THAT(problems[0].message, HasSubstr(message));
}

ColumnRule Rule(ReadAs as) {
  ColumnRule rule = fakes::MakeRule("c", "/c");
  rule.as = as;
  return rule;
}
ColumnRule Defaulted(DefaultValue::Kind kind, std::string literal = "") {
  ColumnRule rule = fakes::MakeRule("c", "/c");
  rule.default_value = DefaultValue{kind, std::move(literal)};
  return rule;
}
ColumnRule Masked(int bits = 128) {
  ColumnRule rule = fakes::MakeRule("c", "/c");
  rule.mask = MaskRule();
  rule.mask->bits = bits;
  return rule;
}

TEST(CheckRules, NamesTheAlterTableForAnUnknownColumn) {
  MappingRules rules;
  rules.columns = {fakes::MakeRule("user_ids", "/u"), fakes::MakeRule("Odd \"x", "/x")};
  rules.columns[1].as = ReadAs::kVersion;
  const auto problems = CheckRules(rules, Table({Named("user_id", ColumnType::kText, "text")}));
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_EQ(problems[0].rule, &rules.columns[0]);
  EXPECT_EQ(problems[0].message,
            "columns.user_ids: table public.t has no such column; did you mean \"user_id\"?");
  EXPECT_EQ(problems[0].hint, R"(ALTER TABLE "public"."t" ADD COLUMN "user_ids" text;)");
  EXPECT_EQ(problems[1].hint, R"(ALTER TABLE "public"."t" ADD COLUMN "Odd ""x" integer;)");
}

TEST(CheckRules, RefusesColumnsThatCannotBeWritten) {
  Column column = Named("c", ColumnType::kInt32, "integer");
  column.generated = true;
  ExpectOne(Rule(ReadAs::kType), column, "GENERATED ALWAYS");
  column.generated = false;
  column.identity_always = true;
  ExpectOne(Rule(ReadAs::kType), column, "IDENTITY");
  ExpectOne(Rule(ReadAs::kType), Named("c", ColumnType::kUnsupported, "tsvector"),
            "type tsvector cannot be mapped");
}

TEST(CheckRules, RefusesAReadingThatDoesNotSuitTheColumn) {
  const Column text = Named("c", ColumnType::kText, "text");
  const Column small = Named("c", ColumnType::kInt16, "smallint");
  const Column integer = Named("c", ColumnType::kInt32, "integer");
  const Column date = Named("c", ColumnType::kDate, "date");
  ExpectOne(Rule(ReadAs::kVersion), text, "\"as: version\" fills an integer or bigint");
  ExpectOne(Rule(ReadAs::kVersion), small, "\"as: version\"");
  ExpectOne(Rule(ReadAs::kVersionDigits), text, "\"as: version-digits\"");
  ExpectOne(Rule(ReadAs::kEpochSeconds), integer, "\"as: epoch-seconds\"");
  ExpectOne(Rule(ReadAs::kEpochMillis), text, "\"as: epoch-millis\"");
  ExpectOne(Rule(ReadAs::kJson), integer, "\"as: json\"");
  EXPECT_THAT(Check(Rule(ReadAs::kVersion), integer), IsEmpty());
  EXPECT_THAT(Check(Rule(ReadAs::kVersionDigits), small), IsEmpty());
  EXPECT_THAT(Check(Rule(ReadAs::kEpochSeconds), date), IsEmpty());
  EXPECT_THAT(Check(Rule(ReadAs::kJson), text), IsEmpty());
}

TEST(CheckRules, RefusesAColumnThatCannotHoldTokens) {
  ExpectOne(Masked(), Named("c", ColumnType::kInt32, "integer"), "must be text or varchar, not");
  ExpectOne(Masked(), Named("c", ColumnType::kInet, "inet"), "must be text or varchar, not");
  ExpectOne(Masked(), Named("c", ColumnType::kChar, "character(64)", 64),
            "must be text or varchar, not");
  ExpectOne(Masked(), Named("c", ColumnType::kVarchar, "character varying(41)", 41), "too short");
  ExpectOne(Masked(256), Named("c", ColumnType::kVarchar, "character varying(67)", 67),
            "too short");
  EXPECT_THAT(Check(Masked(), Named("c", ColumnType::kVarchar, "v", 42)), IsEmpty());
  EXPECT_THAT(Check(Masked(256), Named("c", ColumnType::kVarchar, "v", 68)), IsEmpty());
  EXPECT_THAT(Check(Masked(), Named("c", ColumnType::kText, "text")), IsEmpty());
  ColumnRule rule = Masked();
  rule.as = ReadAs::kVersion;
  ExpectOne(rule, Named("c", ColumnType::kText, "text"), "takes no \"as\"");
  rule = Masked();
  rule.default_value = DefaultValue{DefaultValue::Kind::kNow, ""};
  ExpectOne(rule, Named("c", ColumnType::kText, "text"), "cannot hold a date");
}

ColumnRule MaskedBy(Mask mask) {
  ColumnRule rule = fakes::MakeRule("c", "/c");
  rule.mask = MaskRule{.mask = mask};
  return rule;
}

TEST(CheckRules, AsksOfEachMaskWhereItsOutputGoes) {
  const Column text = Named("c", ColumnType::kText, "text");
  const Column integer = Named("c", ColumnType::kInt32, "integer");
  const Column inet = Named("c", ColumnType::kInet, "inet");
  const Column cidr = Named("c", ColumnType::kCidr, "cidr");
  const auto varchar = [](int n) {
    return Named("c", ColumnType::kVarchar, fmt::format("varchar({})", n), n);
  };
  const auto padded = [](int n) {
    return Named("c", ColumnType::kChar, fmt::format("char({})", n), n);
  };
  ColumnRule redact = MaskedBy(Mask::kRedact);
  redact.mask->label = "[ip]";
  const struct {
    ColumnRule rule;
    Column column;
    const char* message;  // Null: fine.
  } cases[] = {
      {MaskedBy(Mask::kLegacySha256), text, nullptr},
      {MaskedBy(Mask::kLegacySha256), varchar(64), nullptr},
      {MaskedBy(Mask::kLegacySha256), varchar(63), "up to 64 characters"},
      {MaskedBy(Mask::kLegacySha256), padded(64), nullptr},
      {MaskedBy(Mask::kLegacySha256), padded(63), "up to 64 characters"},
      {MaskedBy(Mask::kLegacySha256), padded(65), "must be text, varchar or char(64)"},
      {MaskedBy(Mask::kLegacySha256), inet, "must be text, varchar or char(64), not inet"},
      {MaskedBy(Mask::kTruncate), text, nullptr},
      {MaskedBy(Mask::kTruncate), inet, nullptr},
      {MaskedBy(Mask::kTruncate), cidr, nullptr},
      {MaskedBy(Mask::kTruncate), varchar(43), nullptr},
      {MaskedBy(Mask::kTruncate), varchar(42), "up to 43 characters"},
      {MaskedBy(Mask::kTruncate), padded(43), "must be text, varchar, inet or cidr"},
      {MaskedBy(Mask::kKeepLast), text, nullptr},
      {MaskedBy(Mask::kKeepLast), varchar(4), nullptr},
      {MaskedBy(Mask::kKeepLast), padded(11), nullptr},
      {MaskedBy(Mask::kKeepLast), integer, "must be text, varchar or char, not integer"},
      {MaskedBy(Mask::kAesSiv), text, nullptr},
      {MaskedBy(Mask::kAesSiv), varchar(68), nullptr},
      {MaskedBy(Mask::kAesSiv), varchar(67), "at least 68 characters"},
      {MaskedBy(Mask::kAesSiv), padded(68), "must be text or varchar, not char(68)"},
      {MaskedBy(Mask::kAesSiv), inet, "must be text or varchar, not inet"},
      {MaskedBy(Mask::kIpcryptPfx), text, nullptr},
      {MaskedBy(Mask::kIpcryptPfx), inet, nullptr},
      {MaskedBy(Mask::kIpcryptPfx), cidr, nullptr},
      {MaskedBy(Mask::kIpcryptPfx), varchar(39), nullptr},
      {MaskedBy(Mask::kIpcryptPfx), varchar(38), "up to 39 characters"},
      {MaskedBy(Mask::kIpcryptPfx), padded(39), "must be text, varchar, inet or cidr"},
      {MaskedBy(Mask::kIpcryptDeterministic), inet, nullptr},
      {MaskedBy(Mask::kIpcryptDeterministic), varchar(38), "up to 39 characters"},
      {MaskedBy(Mask::kIpcryptDeterministic), integer, "must be text, varchar, inet or cidr"},
      {redact, varchar(4), nullptr},
      {redact, padded(4), nullptr},
      {redact, varchar(3), "up to 4 characters"},
      {redact, integer, "must be text, varchar or char"},
      {MaskedBy(Mask::kNull), integer, nullptr},
      {MaskedBy(Mask::kNull), inet, nullptr},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(fmt::format("{} into {}", MaskName(c.rule.mask->mask), c.column.type_name));
    if (c.message == nullptr) {
      EXPECT_THAT(Check(c.rule, c.column), IsEmpty());
    } else {
      ExpectOne(c.rule, c.column, c.message);
    }
  }
}

TEST(CheckRules, NullNeedsANullableColumn) {
  Column column = Named("c", ColumnType::kInt32, "integer");
  column.not_null = true;
  ExpectOne(MaskedBy(Mask::kNull), column, "leaves NULL, and the column is NOT NULL");
}

TEST(CheckRules, RefusesADefaultThatDoesNotFit) {
  using Kind = DefaultValue::Kind;
  const Column integer = Named("c", ColumnType::kInt32, "integer");
  ExpectOne(Defaulted(Kind::kSentAt), integer, "\"default: sent_at\"");
  ExpectOne(Defaulted(Kind::kNow), integer, "\"default: now\"");
  ExpectOne(Defaulted(Kind::kLiteral, "x"), integer, "does not fit integer: wrong_type");
  ExpectOne(Defaulted(Kind::kLiteral, "99999999999"), integer, "out_of_range");
  ExpectOne(Defaulted(Kind::kLiteral, "abc"), Named("c", ColumnType::kVarchar, "v", 2), "too_long");
  ExpectOne(Defaulted(Kind::kLiteral, "a"), Named("c", ColumnType::kTextArray, "text[]"),
            "wrong_type");
  ExpectOne(Defaulted(Kind::kLiteral, std::string("a\0b", 3)), Named("c", ColumnType::kText, "t"),
            "has_nul");
  EXPECT_THAT(Check(Defaulted(Kind::kLiteral, "7"), integer), IsEmpty());
  EXPECT_THAT(Check(Defaulted(Kind::kLiteral, "{}"), Named("c", ColumnType::kJsonb, "jsonb")),
              IsEmpty());
  EXPECT_THAT(Check(Defaulted(Kind::kNow), Named("c", ColumnType::kTimestampTz, "t")), IsEmpty());
}

TEST(CheckRules, RefusesAPointerThatIsNone) {
  ExpectOne(fakes::MakeRule("c", "user_id"), Named("c", ColumnType::kText, "text"),
            "no JSON Pointer");
}

TEST(CheckRules, AsksForAColumnThatTheOriginFits) {
  ColumnRule body = fakes::MakeRule("c", "body");
  body.origin = Origin::kBody;
  for (const ColumnType type :
       {ColumnType::kText, ColumnType::kVarchar, ColumnType::kJson, ColumnType::kJsonb}) {
    EXPECT_THAT(Check(body, fakes::MakeColumn(type)), IsEmpty());
  }
  ExpectOne(body, fakes::MakeColumn(ColumnType::kInt32), "fills a json, jsonb or text column");

  ColumnRule sent = fakes::MakeRule("c", "SentTimestamp");
  sent.origin = Origin::kSystem;
  EXPECT_THAT(Check(sent, fakes::MakeColumn(ColumnType::kInt64)), IsEmpty());
  ExpectOne(sent, fakes::MakeColumn(ColumnType::kTimestampTz), "milliseconds since 1970");
  sent.as = ReadAs::kEpochMillis;
  EXPECT_THAT(Check(sent, fakes::MakeColumn(ColumnType::kTimestampTz)), IsEmpty());
}

TEST(CheckRules, FindsNotNullColumnsThatNothingFills) {
  Column bare = Named("n", ColumnType::kText, "text");
  bare.not_null = true;
  Column with_default = bare, generated = bare, identity = bare;
  with_default.has_default = true;
  generated.generated = true;
  identity.identity_always = true;
  EXPECT_THAT(CheckRules({}, Table({with_default, generated, identity})), IsEmpty());
  const auto problems = CheckRules({}, Table({bare}));
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].rule, nullptr);
  EXPECT_THAT(problems[0].message, HasSubstr("column n of table public.t is NOT NULL"));
  MappingRules filled;
  filled.columns = {fakes::MakeRule("n", "/n")};
  EXPECT_THAT(CheckRules(filled, Table({bare})), IsEmpty());
}

TEST(CheckRules, AsksForAColumnThatTheRestFits) {
  MappingRules rules;
  rules.columns = {fakes::MakeRule("c", "/c")};
  rules.unknown_fields = UnknownFields::kColumn;
  rules.rest_column = "rest";
  const auto check = [&](Column column) {
    return CheckRules(rules, Table({Named("c", ColumnType::kText, "text"), std::move(column)}));
  };
  Column fits = Named("rest", ColumnType::kJsonb, "jsonb");
  EXPECT_THAT(check(fits), IsEmpty());
  fits.not_null = true;
  EXPECT_THAT(check(fits), IsEmpty());
  EXPECT_THAT(check(Named("rest", ColumnType::kText, "text")), IsEmpty());
  const auto other = check(Named("Rest", ColumnType::kJsonb, "jsonb"));
  ASSERT_THAT(other, SizeIs(1));
  EXPECT_EQ(other[0].hint, R"(ALTER TABLE "public"."t" ADD COLUMN "rest" jsonb;)");
  EXPECT_TRUE(other[0].rest_column);
  const auto narrow = check(Named("rest", ColumnType::kVarchar, "character varying(20)"));
  EXPECT_THAT(narrow[0].message, HasSubstr("must be jsonb, json or text, not character varying"));
  EXPECT_EQ(narrow[0].hint,
            R"(name another column: ALTER TABLE "public"."t" ADD COLUMN ... jsonb;)");
  TableSchema spelled = Table({Named("c", ColumnType::kText, "text")});
  spelled.name = "Logins";
  EXPECT_EQ(CheckRules(rules, spelled)[0].hint,
            R"(ALTER TABLE "public"."Logins" ADD COLUMN "rest" jsonb;)");
  fits.generated = true;
  EXPECT_THAT(check(fits), SizeIs(1));
  rules.rest_column = "c";
  EXPECT_THAT(check(Named("d", ColumnType::kText, "text"))[0].message, HasSubstr("mapped"));
}

TEST(CheckRules, FindsAllProblemsAtOnce) {
  MappingRules rules;
  rules.columns = {fakes::MakeRule("x", "/x"), fakes::MakeRule("c", "c")};
  Column unfilled = Named("n", ColumnType::kText, "text");
  unfilled.not_null = true;
  EXPECT_THAT(CheckRules(rules, Table({Named("c", ColumnType::kText, "text"), unfilled})),
              SizeIs(3));
}

}  // namespace
}  // namespace bauta::mapping
