// What stands beside an event, and several events in one body.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/mapping_fixture.h"

namespace bauta::mapping {
namespace {

using fakes::MakeMessage;
using fakes::Mapping;
using fakes::Show;

// Each event with its item, " | " between several.
std::string MapAll(Mapping& mapping, Message message) {
  Batch batch;
  mapping.Make()->Map(message, batch);
  EXPECT_EQ(batch.deliveries.size(), 1u);
  std::string shown;
  for (const Event& event : batch.events) {
    shown += (shown.empty() ? "" : " | ") + std::to_string(event.item) + ": " + Show(event);
  }
  return shown;
}

TEST(Envelope, ReadsAttributesAsValuesOfTheirTypes) {
  Mapping mapping;
  const auto add = [&](const std::string& column, ColumnType type, const std::string& name) {
    mapping.Add(column, type, name).origin = Origin::kAttribute;
  };
  add("a", ColumnType::kText, "S");
  add("b", ColumnType::kNumeric, "N");
  add("c", ColumnType::kText, "N");
  add("d", ColumnType::kJsonb, "N");
  add("e", ColumnType::kJsonb, "S");
  add("f", ColumnType::kText, "B");
  add("g", ColumnType::kBool, "T");
  Message message = MakeMessage("{}");
  message.attributes =
      R"({"N":{"DataType":"Number.x","StringValue":"1.50"},"other":{"DataType":"String",)"
      R"("StringValue":"x"},"S":{"StringValue":"a\n\u00e4","DataType":"String.custom"},)"
      R"("B":{"DataType":"Binary","BinaryValue":"AP8="},"T":{"Type":"String","Value":"true"}})";
  EXPECT_EQ(MapAll(mapping, message),
            "0: 'a\nä', dec 1.50, '1.50', json 1.50, json \"a\\n\\u00e4\", 'AP8=', true");
  message.attributes = "{}";
  EXPECT_EQ(MapAll(mapping, message), "0: NULL, NULL, NULL, NULL, NULL, NULL, NULL");
  message.attributes = R"({"N":{"DataType":"Number","StringValue":"+1"},)"
                       R"("B":{"StringValue":null,"BinaryValue":"x","DataType":"Binary"}})";
  EXPECT_EQ(MapAll(mapping, message), "0: wrong_type@b");
  message.attributes = "nonsense";
  EXPECT_EQ(MapAll(mapping, message), "0: not_json");
}

TEST(Envelope, AttributesHaveAllTheOptionsOfAColumn) {
  Mapping mapping;
  ColumnRule& required = mapping.Add("a", ColumnType::kText, "A");
  required.origin = Origin::kAttribute;
  required.required = true;
  mapping.rules.unknown_fields = UnknownFields::kQuarantine;
  ColumnRule& masked = mapping.AddMasked("b", "B", masking::Form::kStr1);
  masked.origin = Origin::kAttribute;
  Message message = MakeMessage("{}");
  EXPECT_EQ(MapAll(mapping, message), "0: required_missing@a");
  message.attributes = R"({"A":{"DataType":"String","StringValue":" "}})";
  EXPECT_EQ(MapAll(mapping, message), "0: required_empty@a");
  message.attributes = R"({"A":{"DataType":"String","StringValue":"x"},)"
                       R"("B":{"DataType":"Number","StringValue":"1"}})";
  EXPECT_EQ(MapAll(mapping, message), "0: wrong_type@b") << "a mask takes no numbers";
  message.attributes = R"({"A":{"DataType":"String","StringValue":"x"}})";
  EXPECT_EQ(MapAll(mapping, message), "0: 'x', NULL");
  message.body = R"({"A":"x"})";
  EXPECT_EQ(MapAll(mapping, message), "0: unknown_field") << "an attribute's name is no field's";
}

TEST(Envelope, ReadsWhatTheQueueSaysOfAMessage) {
  Mapping mapping;
  const auto add = [&](const std::string& column, ColumnType type, const std::string& name) {
    ColumnRule& rule = mapping.Add(column, type, name);
    rule.origin = Origin::kSystem;
    return &rule;
  };
  add("a", ColumnType::kInt64, "SentTimestamp");
  add("b", ColumnType::kTimestampTz, "SentTimestamp")->as = ReadAs::kEpochMillis;
  add("c", ColumnType::kJsonb, "MessageId");
  add("d", ColumnType::kInt16, "ApproximateReceiveCount");
  add("e", ColumnType::kText, "SenderId");
  add("f", ColumnType::kJsonb, "ApproximateFirstReceiveTimestamp");
  Message message = MakeMessage("{}");
  message.id = "an \"id\"";
  message.receive_count = 3;
  message.system = R"({"ApproximateFirstReceiveTimestamp":"1700000000999","SenderId":"AIDA"})";
  EXPECT_EQ(MapAll(mapping, message),
            R"(0: 1700000000123, us 753315200123000, json "an \"id\"", 3, 'AIDA', )"
            "json 1700000000999");
  message.system = "{}";
  EXPECT_EQ(MapAll(mapping, message),
            R"(0: 1700000000123, us 753315200123000, json "an \"id\"", 3, NULL, NULL)");
}

TEST(Envelope, TakesTheWholeEventAsItIsWritten) {
  Mapping mapping;
  for (const auto& [column, type] :
       {std::pair("a", ColumnType::kText), {"b", ColumnType::kJsonb}}) {
    mapping.Add(column, type, "body").origin = Origin::kBody;
  }
  EXPECT_EQ(mapping.Map(" {\"x\" : 1.50} "), "' {\"x\" : 1.50} ', json  {\"x\" : 1.50} ");
  EXPECT_EQ(mapping.Map("{\"x\":\"\\u0000\"}"), "has_nul@b");
  mapping.rules.body.events = "/e";
  EXPECT_EQ(MapAll(mapping, MakeMessage(R"({"e":[{"x":1}, {} ]})")),
            R"(0: '{"x":1}', json {"x":1} | 1: '{}', json {})");
}

TEST(Envelope, GivesEachEventOfABodyAFate) {
  Mapping mapping;
  mapping.rules.body.events = "/items";
  mapping.Add("a", ColumnType::kInt32, "/a");
  EXPECT_EQ(MapAll(mapping, MakeMessage(R"({"items":[{"a":1},{"a":"x"},2,{"a":3}]})")),
            "0: 1 | 1: wrong_type@a | 2: not_object | 3: 3");
  EXPECT_EQ(MapAll(mapping, MakeMessage(R"({"items":[]})")), "");
  EXPECT_EQ(MapAll(mapping, MakeMessage(R"({"items":7})")), "0: wrong_type");

  // What came out of the quarantine alone.
  Message alone = MakeMessage(R"({"a":5})");
  alone.item = 8;
  EXPECT_EQ(MapAll(mapping, alone), "8: 5");
  alone.body = R"({"items":[{"a":1}]})";
  EXPECT_EQ(MapAll(mapping, alone), "8: NULL");
}

// A producer may make ten thousand events out of a long attribute's neighbours.
TEST(Envelope, CopiesAttributesToEventsWithinBounds) {
  Mapping mapping;
  mapping.rules.body.events = "";
  mapping.Add("a", ColumnType::kText, "A").origin = Origin::kAttribute;
  Message message = MakeMessage("[{}");
  for (int i = 1; i < 1000; ++i) message.body += ",{}";
  message.body += "]";
  message.attributes =
      R"({"A":{"DataType":"String","StringValue":")" + std::string(100'000, 'x') + R"("}})";
  EXPECT_EQ(MapAll(mapping, message), "0: out_of_range");
}

TEST(Envelope, RefusesABodyThatIsNoEventWithoutAColumn) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kText, "/a").required = true;
  EXPECT_EQ(mapping.Map("{"), "not_json");
  EXPECT_EQ(mapping.Map(""), "not_json");
  EXPECT_EQ(mapping.Map("[]"), "not_object");
  EXPECT_EQ(mapping.Map("{\"a\":\"\xff\"}"), "bad_utf8");
  EXPECT_EQ(mapping.Map(std::string(2000, '[')), "too_deep");
  EXPECT_EQ(mapping.Map(R"({"a":"x"} garbage)"), "not_json");
}

}  // namespace
}  // namespace bauta::mapping
