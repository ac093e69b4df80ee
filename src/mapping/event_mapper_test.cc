#include "mapping/event_mapper.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/mapping.h"

namespace bauta::mapping {
namespace {

using fakes::MakeMessage;
using fakes::MakeRule;
using fakes::Show;

constexpr std::string_view kHashOf192_0_2_111 =
    "8d0ba7f57c0a5e1571703fff05b812099053aa9d58c98dae7a5b22ecff9c669f";

masking::ColumnMasker MakeTokens(masking::Form form, bool raw) {
  masking::TokenMask::Options options;
  options.kid = "k1";
  options.form = form;
  options.keys.key = crypto::SecretBytes(32);
  if (raw) options.keys.raw_key = crypto::SecretBytes(32);
  return masking::ColumnMasker(masking::TokenMask::Make(std::move(options)).value());
}

// Null for a blind one.
std::optional<masking::ColumnMasker> MakeMasker(const MaskRule& rule, masking::Form form) {
  switch (rule.mask) {
    case Mask::kLegacySha256:
      return masking::ColumnMasker(masking::LegacySha256(rule.suffix));
    case Mask::kTruncate:
      return masking::ColumnMasker(masking::Truncate(rule.v4, rule.v6));
    case Mask::kKeepLast:
      return masking::ColumnMasker(masking::KeepLast(rule.n));
    case Mask::kRedact:
    case Mask::kNull:
      return std::nullopt;
    case Mask::kHmacSha256:
      break;
  }
  return MakeTokens(form, rule.on_invalid == OnInvalid::kRaw);
}

// Rules and table of one test, and what its mapper makes of bodies.
class Mapping {
 public:
  ColumnRule& Add(const std::string& column, ColumnType type, const std::string& from) {
    Column described = fakes::MakeColumn(type);
    described.name = column;
    table.columns.push_back(described);
    return rules.columns.emplace_back(MakeRule(column, from));
  }
  ColumnRule& AddMasked(const std::string& column, ColumnType type, Mask mask) {
    ColumnRule& rule = Add(column, type, "/" + column);
    rule.mask = MaskRule{.mask = mask};
    return rule;
  }
  ColumnRule& AddMasked(const std::string& column, const std::string& from, masking::Form form) {
    ColumnRule& rule = Add(column, ColumnType::kText, from);
    rule.mask = MaskRule();
    form_ = form;
    return rule;
  }

  std::unique_ptr<EventMapper> Make() {
    std::vector<std::optional<masking::ColumnMasker>> maskers;
    for (const ColumnRule& rule : rules.columns) {
      maskers.push_back(rule.mask ? MakeMasker(*rule.mask, form_) : std::nullopt);
    }
    std::optional<masking::EventHashes> hashes;
    if (rules.event_key) {
      hashes =
          masking::EventHashes::Make({crypto::SecretBytes(32), crypto::SecretBytes(32)}).value();
    }
    return EventMapper::Make({.rules = rules,
                              .table = table,
                              .maskers = std::move(maskers),
                              .hashes = std::move(hashes),
                              .clock = clock})
        .value();
  }
  std::optional<EventKey> KeyOf(const std::string& body) {
    Message message = MakeMessage(body);
    Batch batch;
    Make()->Map(message, batch);
    return batch.events.at(0).key;
  }
  std::string Map(const std::string& body) {
    Message message = MakeMessage(body);
    Batch batch;
    Make()->Map(message, batch);
    return Show(batch.events.at(0));
  }

  MappingRules rules;
  TableSchema table{"public", "t", {}};
  fakes::FakeClock clock;

 private:
  masking::Form form_ = masking::Form::kStr1;
};

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

TEST(EventMapper, ReadsAttributesAsValuesOfTheirTypes) {
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

TEST(EventMapper, AttributesHaveAllTheOptionsOfAColumn) {
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

TEST(EventMapper, ReadsWhatTheQueueSaysOfAMessage) {
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

TEST(EventMapper, TakesTheWholeEventAsItIsWritten) {
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

TEST(EventMapper, GivesEachEventOfABodyAFate) {
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
TEST(EventMapper, CopiesAttributesToEventsWithinBounds) {
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

TEST(EventMapper, RefusesABodyThatIsNoEventWithoutAColumn) {
  Mapping mapping;
  mapping.Add("a", ColumnType::kText, "/a").required = true;
  EXPECT_EQ(mapping.Map("{"), "not_json");
  EXPECT_EQ(mapping.Map(""), "not_json");
  EXPECT_EQ(mapping.Map("[]"), "not_object");
  EXPECT_EQ(mapping.Map("{\"a\":\"\xff\"}"), "bad_utf8");
  EXPECT_EQ(mapping.Map(std::string(2000, '[')), "too_deep");
  EXPECT_EQ(mapping.Map(R"({"a":"x"} garbage)"), "not_json");
}

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

TEST(EventMapper, MasksStringsOnly) {
  Mapping mapping;
  mapping.AddMasked("ip", "/ip", masking::Form::kIp1).required = true;
  EXPECT_EQ(mapping.Map("{}"), "required_missing@ip");
  EXPECT_EQ(mapping.Map(R"({"ip":null})"), "required_null@ip");
  EXPECT_EQ(mapping.Map(R"({"ip":" "})"), "required_empty@ip");
  EXPECT_EQ(mapping.Map(R"({"ip":3221225985})"), "wrong_type@ip");
  EXPECT_EQ(mapping.Map(R"({"ip":["192.0.2.1"]})"), "wrong_type@ip");
  EXPECT_EQ(mapping.Map(R"({"ip":"192.0.2.300"})"), "invalid_value@ip");
  EXPECT_EQ(mapping.Map(R"({"ip":"192.0.2.1\u0000"})"), "invalid_value@ip");
  EXPECT_EQ(mapping.Map(R"({"ip":"\ud800"})"), "bad_utf8@ip");
  const std::string token = mapping.Map(R"({"ip":"192.0.2.1"})");
  EXPECT_EQ(token.substr(0, 7), "'h1:k1:");
  EXPECT_EQ(token.size(), 34u);
  EXPECT_EQ(token.find("192"), std::string::npos);
  EXPECT_EQ(mapping.Map(R"({"ip":" \u0031\u00392.0.2.1 "})"), token);
}

TEST(EventMapper, PutsNullForAnEmptyMaskedValue) {
  Mapping mapping;
  mapping.AddMasked("ip", "/ip", masking::Form::kIp1);
  EXPECT_EQ(mapping.Map(R"({"ip":" "})"), "NULL");
  EXPECT_EQ(mapping.Map("{}"), "NULL");
  mapping.table.columns[0].not_null = true;
  EXPECT_EQ(mapping.Map(R"({"ip":" "})"), "required_empty@ip");
}

TEST(EventMapper, DoesWithAnInvalidValueAsTold) {
  Mapping mapping;
  ColumnRule& rule = mapping.AddMasked("ip", "/ip", masking::Form::kIp1);
  EXPECT_EQ(mapping.Map(R"({"ip":"unknown"})"), "invalid_value@ip");
  rule.mask->on_invalid = OnInvalid::kNull;
  EXPECT_EQ(mapping.Map(R"({"ip":"unknown"})"), "NULL");
  mapping.table.columns[0].not_null = true;
  EXPECT_EQ(mapping.Map(R"({"ip":"unknown"})"), "invalid_value@ip");
  rule.mask->on_invalid = OnInvalid::kRaw;
  EXPECT_EQ(mapping.Map(R"({"ip":"unknown"})").substr(0, 7), "'h1:k1:");
  EXPECT_EQ(mapping.Map(R"({"ip":"a\u0000"})"), "invalid_value@ip");
}

TEST(EventMapper, MasksALiteralDefault) {
  Mapping mapping;
  mapping.AddMasked("id", "/id", masking::Form::kStr1).default_value =
      DefaultValue{DefaultValue::Kind::kLiteral, "nobody"};
  EXPECT_EQ(mapping.Map("{}"), mapping.Map(R"({"id":"nobody"})"));
  EXPECT_EQ(mapping.Map("{}").substr(0, 7), "'h1:k1:");
}

TEST(EventMapper, PutsOneFieldIntoColumnsOfSeveralMasks) {
  Mapping mapping;
  mapping.AddMasked("old", ColumnType::kChar, Mask::kLegacySha256).from = "/ip";
  mapping.table.columns.back().max_chars = 64;
  mapping.AddMasked("new", "/ip", masking::Form::kIp1);
  mapping.AddMasked("text", ColumnType::kText, Mask::kTruncate).from = "/ip";
  mapping.AddMasked("net", ColumnType::kCidr, Mask::kTruncate).from = "/ip";
  mapping.AddMasked("host", ColumnType::kInet, Mask::kTruncate).from = "/ip";
  mapping.AddMasked("last", ColumnType::kText, Mask::kKeepLast).from = "/ip";
  const std::string row = mapping.Map(R"({"ip":"192.0.2.111"})");
  EXPECT_EQ(row.substr(0, 71), "'" + std::string(kHashOf192_0_2_111) + "', 'h1");
  EXPECT_EQ(row.substr(row.find("'192")),
            "'192.0.2.0/24', hex c000020018, hex c000020018, '***.*.2.111'");
  EXPECT_EQ(mapping.Map(R"({"ip":"2001:db8:1:2::3"})").substr(row.find("'192")),
            "'2001:db8:1::/48', hex 20010db800010000000000000000000030, "
            "hex 20010db800010000000000000000000030, '****:**8:1:2::3'");
}

TEST(EventMapper, PartialMasksTakeStringsOnly) {
  for (const Mask mask : {Mask::kLegacySha256, Mask::kTruncate, Mask::kKeepLast}) {
    Mapping mapping;
    ColumnRule& rule = mapping.AddMasked("a", ColumnType::kText, mask);
    EXPECT_EQ(mapping.Map(R"({"a":1})"), "wrong_type@a");
    EXPECT_EQ(mapping.Map(R"({"a":"\ud800"})"), "bad_utf8@a");
    EXPECT_EQ(mapping.Map(R"({"a":"1\u0000"})"), "invalid_value@a");
    EXPECT_EQ(mapping.Map(R"({"a":" "})"), "NULL");
    EXPECT_EQ(mapping.Map("{}"), "NULL");
    rule.mask->on_invalid = OnInvalid::kNull;
    EXPECT_EQ(mapping.Map(R"({"a":"1\u0000"})"), "NULL");
    rule.required = true;
    EXPECT_EQ(mapping.Map(R"({"a":"1\u0000"})"), "invalid_value@a");
    EXPECT_EQ(mapping.Map(R"({"a":" "})"), "required_empty@a");
    EXPECT_EQ(mapping.Map("{}"), "required_missing@a");
  }
}

TEST(EventMapper, AMaskedValueMustFitItsColumn) {
  Mapping mapping;
  mapping.AddMasked("a", ColumnType::kVarchar, Mask::kKeepLast);
  mapping.table.columns[0].max_chars = 6;
  EXPECT_EQ(mapping.Map(R"({"a":"123456"})"), "'**3456'");
  EXPECT_EQ(mapping.Map(R"({"a":"1234567"})"), "too_long@a");
}

TEST(EventMapper, BlindMasksTakeAnything) {
  Mapping mapping;
  mapping.AddMasked("a", ColumnType::kText, Mask::kRedact).mask->label = "[a]";
  mapping.AddMasked("b", ColumnType::kInt32, Mask::kNull);
  for (const char* json : {"1", "\"x\"", "{}", "[1]", "true", "\"\\ud800\""}) {
    const std::string value(json);
    EXPECT_EQ(mapping.Map("{\"a\":" + value + ",\"b\":" + value + "}"), "'[a]', NULL") << json;
  }
  EXPECT_EQ(mapping.Map("{}"), "NULL, NULL");
  EXPECT_EQ(mapping.Map(R"({"a":" ","b":null})"), "NULL, NULL");
  mapping.rules.columns[0].required = mapping.rules.columns[1].required = true;
  EXPECT_EQ(mapping.Map(R"({"a":""})"), "required_empty@a");
  EXPECT_EQ(mapping.Map(R"({"a":"x"})"), "required_missing@b");
  EXPECT_EQ(mapping.Map(R"({"a":"x","b":5})"), "'[a]', NULL");
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

TEST(EventMapper, RefusesAMaskedColumnWithoutItsMasker) {
  Mapping mapping;
  mapping.AddMasked("a", "/a", masking::Form::kStr1);
  const auto made = EventMapper::Make(
      {.rules = mapping.rules, .table = mapping.table, .maskers = {}, .clock = mapping.clock});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kFatal);
}

}  // namespace
}  // namespace bauta::mapping
