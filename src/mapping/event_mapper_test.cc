#include "mapping/event_mapper.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/mapping_fixture.h"

namespace bauta::mapping {
namespace {

using fakes::MakeMessage;
using fakes::MakeRule;
using fakes::Mapping;
using fakes::Show;

TEST(EventMapper, AsksForWhatIsRequired) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kText, "/a").required = true;
  EXPECT_EQ(mapping.Map("{}"), "required_missing@a");
  EXPECT_EQ(mapping.Map(R"({"a":null})"), "required_null@a");
  EXPECT_EQ(mapping.Map(R"({"a":""})"), "required_empty@a");
  EXPECT_EQ(mapping.Map(R"({"a":" \t\r\n"})"), "required_empty@a");
  EXPECT_EQ(mapping.Map(R"({"a":"\u0020"})"), "required_empty@a");
  EXPECT_EQ(mapping.Map(R"({"a":[]})"), "wrong_type@a");
  EXPECT_EQ(mapping.Map(R"({"a":" x "})"), "' x '");
}

TEST(EventMapper, AsksForWhatTheTableRequires) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kText, "/a");
  mapping.table.columns[0].not_null = true;
  EXPECT_EQ(mapping.Map("{}"), "required_missing@a");
  EXPECT_EQ(mapping.Map(R"({"a":null})"), "required_null@a");
  EXPECT_EQ(mapping.Map(R"({"a":""})"), "''");
}

TEST(EventMapper, PutsNullForWhatIsNotThere) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kInt32, "/a");
  mapping.Add("b", ColumnType::kDate, "/x/b");
  EXPECT_EQ(mapping.Map("{}"), "NULL, NULL");
  EXPECT_EQ(mapping.Map(R"({"a":null,"x":null})"), "NULL, NULL");
}

TEST(EventMapper, TellsTheFirstFailingColumnInConfigOrder) {
  Mapping mapping;
  mapping.rules.unknown_fields = UnknownFields::kQuarantine;
  mapping.Add("b", ColumnType::kInt32, "/b");
  mapping.Add("a", ColumnType::kDate, "/a");
  EXPECT_EQ(mapping.Map(R"({"x":1,"a":"no","b":"no"})"), "wrong_type@b");
  EXPECT_EQ(mapping.Map(R"({"x":1,"a":"no","b":1})"), "bad_date@a");
  EXPECT_EQ(mapping.Map(R"({"x":1,"a":"2000-01-01","b":1})"), "unknown_field");
  EXPECT_EQ(mapping.Map(R"({"a":"2000-01-01","b":1})"), "1, day 0");
}

TEST(EventMapper, IgnoresUnknownFieldsUnlessTold) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kInt32, "/a");
  EXPECT_EQ(mapping.Map(R"({"x":{"y":["\ud800\u0000",1e9999]},"a":1})"), "1");
}

TEST(EventMapper, PutsTheRestIntoItsColumn) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kInt32, "/a");
  mapping.table.columns.push_back(fakes::MakeColumn(ColumnType::kJsonb));
  mapping.table.columns.back().name = "rest";
  mapping.rules.unknown_fields = UnknownFields::kColumn;
  mapping.rules.rest_column = "rest";
  EXPECT_EQ(mapping.Map(R"({"a":1,"x":{"y":2}})"), R"(1, json {"x":{"y":2}})");
  EXPECT_EQ(mapping.Map(R"({"a":1})"), "1, NULL");
  EXPECT_EQ(mapping.Map(R"({"a":1,"x":"\u0000"})"), "has_nul@rest");
  EXPECT_EQ(mapping.Map(R"({"a":"no","x":"\u0000"})"), "wrong_type@a") << "the columns come first";
  mapping.table.columns.back().not_null = true;
  EXPECT_EQ(mapping.Map(R"({"a":1})"), "1, json {}");
  mapping.table.columns.back().type = ColumnType::kText;
  EXPECT_EQ(mapping.Map(R"({"a":1,"x":2})"), R"(1, '{"x":2}')");
}

TEST(EventMapper, AConstantReadsNothing) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kText, "").default_value =
      DefaultValue{DefaultValue::Kind::kLiteral, "web"};
  EXPECT_EQ(mapping.Map(R"({"x":1})"), "'web'");
  mapping.rules.unknown_fields = UnknownFields::kQuarantine;
  EXPECT_EQ(mapping.Map(R"({"x":1})"), "unknown_field");
}

TEST(EventMapper, RefusesAMappedKeyThatOccursTwice) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kInt32, "/x/a").default_value =
      DefaultValue{DefaultValue::Kind::kLiteral, "7"};
  EXPECT_EQ(mapping.Map(R"({"x":{"a":1,"a":1}})"), "ambiguous_key@a");
  EXPECT_EQ(mapping.Map(R"({"x":{},"x":{}})"), "ambiguous_key@a");
  EXPECT_EQ(mapping.Map(R"({"y":1,"y":2,"x":{"a":1}})"), "1");
}

TEST(EventMapper, FillsDefaultsForAbsentAndNull) {
  using Kind = DefaultValue::Kind;
  Mapping mapping;
  mapping.Add("a", ColumnType::kInt32, "/a").default_value = DefaultValue{Kind::kLiteral, "7"};
  mapping.Add("b", ColumnType::kDate, "/b").default_value = DefaultValue{Kind::kSentAt, ""};
  mapping.Add("c", ColumnType::kTimestampTz, "/c").default_value = DefaultValue{Kind::kNow, ""};
  mapping.Add("d", ColumnType::kJsonb, "/d").default_value = DefaultValue{Kind::kLiteral, "[1]"};
  const char* const want = "7, day 8718, us 753315200000000, json [1]";
  EXPECT_EQ(mapping.Map("{}"), want);
  EXPECT_EQ(mapping.Map(R"({"a":null,"b":null,"c":null,"d":null})"), want);
  EXPECT_EQ(mapping.Map(R"({"a":"x"})"), "wrong_type@a");
  EXPECT_EQ(mapping.Map(R"({"b":""})"), "bad_date@b");
}

TEST(EventMapper, FillsAColumnThatHasNothingButADefault) {
  using Kind = DefaultValue::Kind;
  Mapping mapping;
  mapping.rules.unknown_fields = UnknownFields::kQuarantine;
  mapping.Add("a", ColumnType::kDate, "").default_value = DefaultValue{Kind::kSentAt, ""};
  mapping.Add("b", ColumnType::kText, "").default_value = DefaultValue{Kind::kLiteral, "x"};
  mapping.Add("c", ColumnType::kInt32, "/c");
  EXPECT_EQ(mapping.Map(R"({"c":1})"), "day 8718, 'x', 1");
  EXPECT_EQ(mapping.Map(R"({"c":1,"d":2})"), "unknown_field");
}

TEST(EventMapper, ADefaultFillsARequiredColumnToo) {
  Mapping mapping;
  ColumnRule& rule = mapping.Add("a", ColumnType::kText, "/a");
  rule.required = true;
  rule.default_value = DefaultValue{DefaultValue::Kind::kLiteral, "x"};
  EXPECT_EQ(mapping.Map("{}"), "'x'");
  EXPECT_EQ(mapping.Map(R"({"a":""})"), "required_empty@a");
}

TEST(EventMapper, MapsTheNestedEvent) {
  Mapping mapping;
  mapping.Add("user_id", ColumnType::kUuid, "/user/id").required = true;
  mapping.Add("device", ColumnType::kText, "/devices/0/id");
  mapping.Add("all", ColumnType::kJsonb, "/devices");
  EXPECT_EQ(mapping.Map(R"({"user":{"id":"5fea7756-0ea4-451a-a703-a558b933e274"},
                            "devices":[{"id":"d0"},{"id":"d1"}]})"),
            "hex 5fea77560ea4451aa703a558b933e274, 'd0', json [{\"id\":\"d0\"},{\"id\":\"d1\"}]");
}

TEST(EventMapper, FillsTheBatchInOrderAndTakesTheBodyAway) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kText, "/a");
  const std::unique_ptr<EventMapper> mapper = mapping.Make();
  Batch batch;
  Message good = MakeMessage(R"({"a":"a text too long for the string to hold it inside itself"})");
  Message bad = MakeMessage("{");
  bad.receive_count = 3;
  bad.receipt = "receipt";
  mapper->Map(good, batch);
  mapper->Map(bad, batch);
  good.id = "changed";
  ASSERT_EQ(batch.deliveries.size(), 2u);
  ASSERT_EQ(batch.events.size(), 2u);
  EXPECT_EQ(batch.deliveries[0].id, "5fea7756-0ea4-451a-a703-a558b933e274");
  EXPECT_EQ(batch.deliveries[1].receive_count, 3);
  EXPECT_EQ(batch.deliveries[1].key.sent_ms, 1'700'000'000'123);
  EXPECT_EQ(batch.events[1].delivery, 1u);
  EXPECT_EQ(Show(batch.events[0]), "'a text too long for the string to hold it inside itself'");
  EXPECT_EQ(Show(batch.events[1]), "not_json");
  EXPECT_TRUE(good.body.empty());
  EXPECT_EQ(bad.receipt, "receipt");
}

TEST(EventMapper, TellsEventsByTheirKeys) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kText, "/a");
  const std::string body = R"({"id":"1","a":"x"})";
  EXPECT_FALSE(mapping.KeyOf(body)) << "none was asked for";
  mapping.rules.event_key = MakeRule("", "/id");
  mapping.rules.unknown_fields = UnknownFields::kQuarantine;
  const std::optional<EventKey> key = mapping.KeyOf(body);
  ASSERT_TRUE(key) << "and the key's own field is not unknown";
  EXPECT_EQ(mapping.KeyOf(body), key);
  EXPECT_EQ(mapping.KeyOf(R"({"id":1,"a":"x"})")->key, key->key) << "by its text";
  EXPECT_EQ(mapping.KeyOf(R"({"id":"\u0031","a":"x"})")->key, key->key);
  EXPECT_NE(mapping.KeyOf(R"({"id":"1 ","a":"x"})")->key, key->key);
  EXPECT_NE(mapping.KeyOf(R"({"id":1.0,"a":"x"})")->key, key->key);
  EXPECT_NE(mapping.KeyOf(R"({"id":"1","a":"x" })")->body_tag, key->body_tag)
      << "every byte counts";
}

TEST(EventMapper, RefusesAnEventWithoutItsKeyOnceItsColumnsAreWell) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kText, "/a").required = true;
  mapping.rules.event_key = MakeRule("", "/id");
  EXPECT_EQ(mapping.Map(R"({})"), "required_missing@a");
  const std::pair<std::string, std::string> cases[] = {{"", "required_missing"},
                                                       {R"(,"id":null)", "required_null"},
                                                       {R"(,"id":"\t")", "required_empty"},
                                                       {R"(,"id":true)", "wrong_type"},
                                                       {R"(,"id":[1])", "wrong_type"},
                                                       {R"(,"id":1,"id":2)", "ambiguous_key"},
                                                       {R"(,"id":"\u0000x")", "has_nul"},
                                                       {R"(,"id":"\ud800")", "bad_utf8"}};
  for (const auto& [id, reason] : cases) {
    EXPECT_EQ(mapping.Map(R"({"a":"x")" + id + "}"), reason) << id;
    EXPECT_FALSE(mapping.KeyOf(R"({"a":"x")" + id + "}")) << id;
  }
}

TEST(EventMapper, SaysWhatIsWrongWithTheRules) {
  Mapping mapping;
  mapping.rules.columns.push_back(MakeRule("a", "/a"));
  const auto made = EventMapper::Make(
      {.rules = mapping.rules, .table = mapping.table, .maskers = {}, .clock = mapping.clock});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kConfig);
  EXPECT_EQ(made.error().hint, R"(ALTER TABLE "public"."t" ADD COLUMN "a" text;)");
}

}  // namespace
}  // namespace bauta::mapping
