#include "mapping/read_value.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "fakes/mapping.h"

namespace bauta::mapping {
namespace {

using fakes::MakeColumn;

// What a column makes of the JSON value `json`.
std::string Read(const Column& column, std::string_view json, ReadAs as = ReadAs::kType) {
  EventReader reader({});
  Arena arena;
  const std::optional<Json> value = reader.ParseText(json);
  if (!value) return "the test is wrong";
  const Reading reading = ReadValue(*value, column, as, reader, arena);
  if (const auto* reason = std::get_if<Reason>(&reading)) return std::string(Code(*reason));
  return fakes::Show(std::get<Value>(reading));
}

struct Case {
  const char* json;
  const char* want;
};

void ExpectAll(const Column& column, const std::vector<Case>& cases, ReadAs as = ReadAs::kType) {
  for (const Case& c : cases) EXPECT_EQ(Read(column, c.json, as), c.want) << c.json;
}

TEST(ReadValue, Text) {
  ExpectAll(MakeColumn(ColumnType::kText), {{"true", "wrong_type"},
                                            {"{}", "wrong_type"},
                                            {"[\"a\"]", "wrong_type"},
                                            {R"("a\u0000b")", "has_nul"},
                                            {R"("\ud800")", "bad_utf8"},
                                            {R"("")", "''"},
                                            {R"(" a ")", "' a '"},
                                            {R"("\u00e9\n")", "'\u00e9\n'"},
                                            {"1.50", "'1.50'"},
                                            {"1e3", "'1e3'"}});
}

TEST(ReadValue, VarcharAndCharCountCodePoints) {
  for (const ColumnType type : {ColumnType::kVarchar, ColumnType::kChar}) {
    ExpectAll(MakeColumn(type, 3), {{R"("abcd")", "too_long"},
                                    {R"("abc ")", "too_long"},
                                    {"1234", "too_long"},
                                    {R"("\u20ac\u20ac\u20ac\u20ac")", "too_long"},
                                    {R"("€€€")", "'€€€'"},
                                    {R"("\ud83d\ude00ab")", "'\U0001F600ab'"},
                                    {R"("abc")", "'abc'"}});
    EXPECT_EQ(Read(MakeColumn(type), R"("abcd")"), "'abcd'");
  }
}

TEST(ReadValue, Integers) {
  const std::vector<Case> all = {{"true", "wrong_type"},
                                 {"[]", "wrong_type"},
                                 {"{}", "wrong_type"},
                                 {R"("")", "wrong_type"},
                                 {R"("x")", "wrong_type"},
                                 {R"(" 1")", "wrong_type"},
                                 {R"("007")", "wrong_type"},
                                 {R"("+1")", "wrong_type"},
                                 {R"("1x")", "wrong_type"},
                                 {"1.5", "wrong_type"},
                                 {R"("1.5")", "wrong_type"},
                                 {R"("0x1")", "wrong_type"},
                                 {"1e30", "out_of_range"},
                                 {"1.0", "1"},
                                 {"1e3", "1000"},
                                 {R"("12")", "12"},
                                 {R"("\u0031")", "1"},
                                 {"-7", "-7"}};
  for (const ColumnType type : {ColumnType::kInt16, ColumnType::kInt32, ColumnType::kInt64}) {
    ExpectAll(MakeColumn(type), all);
  }
  ExpectAll(MakeColumn(ColumnType::kInt16),
            {{"32768", "out_of_range"}, {"-32769", "out_of_range"}, {"32767", "32767"}});
  ExpectAll(MakeColumn(ColumnType::kInt32),
            {{"2147483648", "out_of_range"}, {"-2147483648", "-2147483648"}});
  ExpectAll(MakeColumn(ColumnType::kInt64), {{"9223372036854775808", "out_of_range"},
                                             {R"("9223372036854775807")", "9223372036854775807"}});
}

TEST(ReadValue, Numeric) {
  ExpectAll(MakeColumn(ColumnType::kNumeric, 0, 5, 2), {{"false", "wrong_type"},
                                                        {R"("NaN")", "wrong_type"},
                                                        {R"("1,5")", "wrong_type"},
                                                        {"1.234", "out_of_range"},
                                                        {"1000", "out_of_range"},
                                                        {"1.230", "dec 1.23"},
                                                        {R"("-999.99")", "dec -999.99"}});
}

TEST(ReadValue, Floats) {
  ExpectAll(MakeColumn(ColumnType::kFloat64), {{"true", "wrong_type"},
                                               {R"("inf")", "wrong_type"},
                                               {R"("Infinity")", "wrong_type"},
                                               {R"("NaN")", "wrong_type"},
                                               {R"("")", "wrong_type"},
                                               {"1e309", "out_of_range"},
                                               {R"("1e309")", "out_of_range"},
                                               {R"("0.25")", "0.25"},
                                               {"7", "7"}});
  EXPECT_EQ(Read(MakeColumn(ColumnType::kFloat32), "1e39"), "out_of_range");
}

TEST(ReadValue, Boolean) {
  ExpectAll(MakeColumn(ColumnType::kBool), {{"0", "wrong_type"},
                                            {"1", "wrong_type"},
                                            {R"("")", "wrong_type"},
                                            {R"("True")", "wrong_type"},
                                            {R"("t")", "wrong_type"},
                                            {R"("yes")", "wrong_type"},
                                            {"{}", "wrong_type"},
                                            {"true", "true"},
                                            {R"("true")", "true"},
                                            {R"("false")", "false"},
                                            {"false", "false"}});
}

TEST(ReadValue, DateAndTimestamps) {
  ExpectAll(MakeColumn(ColumnType::kDate), {{"20230101", "wrong_type"},
                                            {"true", "wrong_type"},
                                            {R"("")", "bad_date"},
                                            {R"("yesterday")", "bad_date"},
                                            {R"("2023-02-30")", "bad_date"},
                                            {R"("2000-01-02T00:00:00Z")", "bad_date"},
                                            {R"("2000-01-02")", "day 1"}});
  for (const ColumnType type : {ColumnType::kTimestamp, ColumnType::kTimestampTz}) {
    ExpectAll(MakeColumn(type), {{"0", "wrong_type"},
                                 {R"("x")", "bad_date"},
                                 {R"("2000-01-01T25:00:00Z")", "bad_date"},
                                 {R"("2000-01-01T01:00:01+01:00")", "us 1000000"},
                                 {R"("2000-01-01\u002000:00:01")", "us 1000000"}});
  }
}

TEST(ReadValue, Uuid) {
  ExpectAll(
      MakeColumn(ColumnType::kUuid),
      {{"1", "wrong_type"},
       {R"("")", "bad_uuid"},
       {R"("5fea7756-0ea4-451a-a703-a558b933e27")", "bad_uuid"},
       {R"("{5fea7756-0ea4-451a-a703-a558b933e274}")", "bad_uuid"},
       {R"("5fea7756-0ea4-451a-a703-a558b933e27g")", "bad_uuid"},
       {R"("5FEA7756-0ea4-451a-a703-a558b933e274")", "hex 5fea77560ea4451aa703a558b933e274"}});
}

TEST(ReadValue, InetAndCidr) {
  for (const ColumnType type : {ColumnType::kInet, ColumnType::kCidr}) {
    ExpectAll(MakeColumn(type),
              {{"1", "wrong_type"},
               {R"("")", "invalid_value"},
               {R"("192.0.2")", "invalid_value"},
               {R"("192.0.2.01")", "invalid_value"},
               {R"("192.0.2.1:80")", "invalid_value"},
               {R"("192.0.2.1/")", "invalid_value"},
               {R"("192.0.2.1/33")", "invalid_value"},
               {R"("192.0.2.1/032")", "invalid_value"},
               {R"("192.0.2.1/-1")", "invalid_value"},
               {R"("192.0.2.1\u0000")", "invalid_value"},
               {R"("2001:db8::/129")", "invalid_value"},
               {R"("fe80::1%eth0")", "invalid_value"},
               {R"("2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0001")", "invalid_value"},
               {R"("192.0.2.1")", "hex c000020120"},
               {R"("192.0.2.0/24")", "hex c000020018"},
               {R"("2001:db8::/32")", "hex 20010db800000000000000000000000020"}});
  }
  EXPECT_EQ(Read(MakeColumn(ColumnType::kInet), R"("192.0.2.1/24")"), "hex c000020118");
  EXPECT_EQ(Read(MakeColumn(ColumnType::kCidr), R"("192.0.2.1/24")"), "invalid_value");
  EXPECT_EQ(Read(MakeColumn(ColumnType::kCidr), R"("0.0.0.0/0")"), "hex 0000000000");
}

TEST(ReadValue, JsonKeepsAnyValueAsWritten) {
  for (const ColumnType type : {ColumnType::kJson, ColumnType::kJsonb}) {
    ExpectAll(MakeColumn(type), {{R"({"a":"\u0000"})", "has_nul"},
                                 {R"("\u0000")", "has_nul"},
                                 {R"(["\ud800"])", "bad_utf8"},
                                 {"[1e99999]", "out_of_range"},
                                 {R"({"a": [1.50, "x"]})", R"(json {"a": [1.50, "x"]})"},
                                 {R"("a\nb")", R"(json "a\nb")"},
                                 {R"("{}")", R"(json "{}")"},
                                 {"true", "json true"},
                                 {"1.50", "json 1.50"}});
  }
}

TEST(ReadValue, TextArray) {
  ExpectAll(MakeColumn(ColumnType::kTextArray), {{R"("a")", "wrong_type"},
                                                 {"{}", "wrong_type"},
                                                 {"[true]", "wrong_type"},
                                                 {"[[]]", "wrong_type"},
                                                 {R"(["\u0000"])", "has_nul"},
                                                 {R"(["a",null])", "{a|NULL}"}});
}

TEST(ReadValue, AsVersion) {
  ExpectAll(MakeColumn(ColumnType::kInt32),
            {{"2.3", "wrong_type"},
             {"2", "wrong_type"},
             {"{}", "wrong_type"},
             {R"("")", "bad_version"},
             {R"("2.3-beta")", "bad_version"},
             {R"("2.1000")", "bad_version"},
             {R"("2.3.0\u0000")", "bad_version"},
             {R"("2.3.0")", "2003000"},
             {R"("\u0032.3")", "2003000"}},
            ReadAs::kVersion);
  ExpectAll(MakeColumn(ColumnType::kInt16),
            {{"2", "wrong_type"}, {R"("9.9.9.9.9")", "out_of_range"}, {R"("2.3.0")", "230"}},
            ReadAs::kVersionDigits);
}

TEST(ReadValue, AsEpoch) {
  ExpectAll(MakeColumn(ColumnType::kTimestampTz),
            {{"true", "wrong_type"},
             {R"("2000-01-01")", "wrong_type"},
             {"1e20", "out_of_range"},
             {"946684801", "us 1000000"},
             {R"("946684801.5")", "us 1500000"}},
            ReadAs::kEpochSeconds);
  ExpectAll(MakeColumn(ColumnType::kDate), {{"946684799999", "day -1"}, {"946684800000", "day 0"}},
            ReadAs::kEpochMillis);
}

TEST(ReadValue, AsJson) {
  for (const ColumnType type : {ColumnType::kJson, ColumnType::kJsonb}) {
    ExpectAll(MakeColumn(type),
              {{R"("")", "invalid_value"},
               {R"("{")", "invalid_value"},
               {R"("{\"a\":\"\\u0000\"}")", "has_nul"},
               {R"("{\"a\":1}")", R"(json {"a":1})"},
               {R"({"a":1})", R"(json {"a":1})"}},
              ReadAs::kJson);
  }
  ExpectAll(MakeColumn(ColumnType::kVarchar, 8),
            {{R"("x")", "invalid_value"},
             {R"({"a":12345})", "too_long"},
             {R"([1, 2])", "'[1, 2]'"},
             {R"("[1, 2]")", "'[1, 2]'"},
             {"true", "'true'"}},
            ReadAs::kJson);
}

TEST(ReadMoment, IsADayOrAnInstant) {
  const auto show = [](std::int64_t ms, ColumnType type) {
    const Reading reading = ReadMoment(ms, MakeColumn(type));
    const auto* value = std::get_if<Value>(&reading);
    return value != nullptr ? fakes::Show(*value) : std::string(Code(std::get<Reason>(reading)));
  };
  EXPECT_EQ(show(946'684'799'999, ColumnType::kDate), "day -1");
  EXPECT_EQ(show(946'684'800'001, ColumnType::kTimestamp), "us 1000");
  EXPECT_EQ(show(std::numeric_limits<std::int64_t>::max(), ColumnType::kDate), "out_of_range");
}

}  // namespace
}  // namespace bauta::mapping
