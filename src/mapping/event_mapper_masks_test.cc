// Values that are masked on their way.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/mapping_fixture.h"

namespace bauta::mapping {
namespace {

using fakes::Mapping;

constexpr std::string_view kHashOfAddress =
    "8d0ba7f57c0a5e1571703fff05b812099053aa9d58c98dae7a5b22ecff9c669f";

TEST(MaskedColumns, MasksStringsOnly) {
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

TEST(MaskedColumns, PutsNullForAnEmptyMaskedValue) {
  Mapping mapping;
  mapping.AddMasked("ip", "/ip", masking::Form::kIp1);
  EXPECT_EQ(mapping.Map(R"({"ip":" "})"), "NULL");
  EXPECT_EQ(mapping.Map("{}"), "NULL");
  mapping.table.columns[0].not_null = true;
  EXPECT_EQ(mapping.Map(R"({"ip":" "})"), "required_empty@ip");
}

TEST(MaskedColumns, DoesWithAnInvalidValueAsTold) {
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

TEST(MaskedColumns, MasksALiteralDefault) {
  Mapping mapping;
  mapping.AddMasked("id", "/id", masking::Form::kStr1).default_value =
      DefaultValue{DefaultValue::Kind::kLiteral, "nobody"};
  EXPECT_EQ(mapping.Map("{}"), mapping.Map(R"({"id":"nobody"})"));
  EXPECT_EQ(mapping.Map("{}").substr(0, 7), "'h1:k1:");
}

TEST(MaskedColumns, PutsOneFieldIntoColumnsOfSeveralMasks) {
  Mapping mapping;
  mapping.AddMasked("old", ColumnType::kChar, Mask::kLegacySha256).from = "/ip";
  mapping.table.columns.back().max_chars = 64;
  mapping.AddMasked("new", "/ip", masking::Form::kIp1);
  mapping.AddMasked("text", ColumnType::kText, Mask::kTruncate).from = "/ip";
  mapping.AddMasked("net", ColumnType::kCidr, Mask::kTruncate).from = "/ip";
  mapping.AddMasked("host", ColumnType::kInet, Mask::kTruncate).from = "/ip";
  mapping.AddMasked("last", ColumnType::kText, Mask::kKeepLast).from = "/ip";
  const std::string row = mapping.Map(R"({"ip":"192.0.2.111"})");
  EXPECT_EQ(row.substr(0, 71), "'" + std::string(kHashOfAddress) + "', 'h1");
  EXPECT_EQ(row.substr(row.find("'192")),
            "'192.0.2.0/24', hex c000020018, hex c000020018, '***.*.2.111'");
  EXPECT_EQ(mapping.Map(R"({"ip":"2001:db8:1:2::3"})").substr(row.find("'192")),
            "'2001:db8:1::/48', hex 20010db800010000000000000000000030, "
            "hex 20010db800010000000000000000000030, '****:**8:1:2::3'");
}

TEST(MaskedColumns, PartialMasksTakeStringsOnly) {
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

TEST(MaskedColumns, ReversibleMasksTakeStringsOnly) {
  for (const Mask mask : {Mask::kAesSiv, Mask::kIpcryptDeterministic, Mask::kIpcryptPfx}) {
    Mapping mapping;
    ColumnRule& rule = mapping.AddMasked("a", ColumnType::kText, mask);
    EXPECT_EQ(mapping.Map(R"({"a":1})"), "wrong_type@a");
    EXPECT_EQ(mapping.Map(R"({"a":"\ud800"})"), "bad_utf8@a");
    EXPECT_EQ(mapping.Map(R"({"a":"192.0.2.1\u0000"})"), "invalid_value@a");
    EXPECT_EQ(mapping.Map(R"({"a":" "})"), "NULL");
    rule.mask->on_invalid = OnInvalid::kNull;
    EXPECT_EQ(mapping.Map(R"({"a":"192.0.2.1\u0000"})"), "NULL");
    rule.required = true;
    EXPECT_EQ(mapping.Map(R"({"a":" "})"), "required_empty@a");
  }
}

TEST(MaskedColumns, PutsAddressesIntoInetColumns) {
  Mapping mapping;
  mapping.AddMasked("a", ColumnType::kInet, Mask::kIpcryptPfx);
  mapping.AddMasked("b", ColumnType::kCidr, Mask::kIpcryptDeterministic).from = "/a";
  mapping.AddMasked("c", ColumnType::kText, Mask::kIpcryptDeterministic).from = "/a";
  const std::string row = mapping.Map(R"({"a":"192.0.2.1"})");
  // Address and prefix: a host of IPv4, then of IPv6.
  ASSERT_EQ(row.substr(0, 4), "hex ");
  EXPECT_EQ(row.substr(row.find(','), 6), ", hex ");
  EXPECT_EQ(row.substr(4, row.find(',') - 4).size(), 10u);
  EXPECT_EQ(row.substr(12, 2), "20");
  EXPECT_EQ(row.find("c0000201"), std::string::npos);
  EXPECT_EQ(mapping.Map(R"({"a":"host.example.com"})"), "invalid_value@a");
}

// It grows with its value; what does not fit is cut by nobody.
TEST(MaskedColumns, ATokenOfAesSivMustFitItsColumn) {
  Mapping mapping;
  mapping.AddMasked("a", ColumnType::kVarchar, Mask::kAesSiv);
  mapping.table.columns[0].max_chars = 256;
  const auto body = [](std::size_t n) { return R"({"a":")" + std::string(n, 'x') + R"("})"; };
  EXPECT_EQ(mapping.Map(body(127)).substr(0, 7), "'s1:k1:");
  EXPECT_EQ(mapping.Map(body(128)), "too_long@a");
  mapping.table.columns[0].type = ColumnType::kText;
  mapping.table.columns[0].max_chars = 0;
  EXPECT_EQ(mapping.Map(body(100'000)).substr(0, 7), "'s1:k1:");
}

TEST(MaskedColumns, CountsTheTokensOfRawValues) {
  Mapping mapping;
  mapping.AddMasked("a", "/a", masking::Form::kIp1).mask->on_invalid = OnInvalid::kRaw;
  mapping.AddMasked("b", "/b", masking::Form::kIp1).mask->on_invalid = OnInvalid::kRaw;
  const std::unique_ptr<EventMapper> mapper = mapping.Make();
  Batch batch;
  for (const char* body : {R"({"a":"192.0.2.1","b":"::1"})", R"({"a":"x","b":"y"})",
                           R"({"a":"x","b":"::1"})", R"({"a":"x","b":1})", "{}"}) {
    Message message = fakes::MakeMessage(body);
    mapper->Map(message, batch);
  }
  std::vector<std::uint32_t> counts;
  for (const Event& event : batch.events) counts.push_back(event.raw_tokens);
  EXPECT_EQ(counts, (std::vector<std::uint32_t>{0, 2, 1, 0, 0}));
}

TEST(MaskedColumns, AMaskedValueMustFitItsColumn) {
  Mapping mapping;
  mapping.AddMasked("a", ColumnType::kVarchar, Mask::kKeepLast);
  mapping.table.columns[0].max_chars = 6;
  EXPECT_EQ(mapping.Map(R"({"a":"123456"})"), "'**3456'");
  EXPECT_EQ(mapping.Map(R"({"a":"1234567"})"), "too_long@a");
}

TEST(MaskedColumns, BlindMasksTakeAnything) {
  Mapping mapping;
  mapping.AddMasked("a", ColumnType::kText, Mask::kRedact).mask->label = "[a]";
  mapping.AddMasked("b", ColumnType::kInt32, Mask::kNull);
  for (const char* json : {"1", "\"x\"", "{}", "[1]", "true", "\"\\ud800\""}) {
    EXPECT_EQ(mapping.Map(fmt::format(R"({{"a":{0},"b":{0}}})", json)), "'[a]', NULL") << json;
  }
  EXPECT_EQ(mapping.Map("{}"), "NULL, NULL");
  EXPECT_EQ(mapping.Map(R"({"a":" ","b":null})"), "NULL, NULL");
  mapping.rules.columns[0].required = mapping.rules.columns[1].required = true;
  EXPECT_EQ(mapping.Map(R"({"a":""})"), "required_empty@a");
  EXPECT_EQ(mapping.Map(R"({"a":"x"})"), "required_missing@b");
  EXPECT_EQ(mapping.Map(R"({"a":"x","b":5})"), "'[a]', NULL");
}

TEST(MaskedColumns, RefusesAMaskedColumnWithoutItsMasker) {
  Mapping mapping;
  mapping.AddMasked("a", "/a", masking::Form::kStr1);
  const auto made = EventMapper::Make(
      {.rules = mapping.rules, .table = mapping.table, .maskers = {}, .clock = mapping.clock});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kFatal);
}

}  // namespace
}  // namespace bauta::mapping
