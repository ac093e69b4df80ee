#include "mapping/rest_reader.h"

#include <gtest/gtest.h>

#include "fakes/mapping.h"
#include "mapping/event_reader.h"

namespace bauta::mapping {
namespace {

// Pointers; one that begins with '!' is masked.
std::string Rest(const std::vector<std::string>& pointers, const std::string& body) {
  std::vector<ColumnRule> rules;
  for (const std::string& pointer : pointers) {
    const bool masked = pointer.starts_with('!');
    rules.push_back(fakes::MakeRule("c", pointer.substr(masked ? 1 : 0)));
    if (masked) rules.back().mask = MaskRule();
  }
  EXPECT_FALSE(EventReader(rules).Read(body)) << body;
  Arena arena;
  RestReader reader(rules);
  // Nothing of an event is left for the next.
  (void)reader.Read(R"({"before":[1,{"x":"y"}]})", arena);
  const auto read = reader.Read(body, arena);
  if (const auto* reason = std::get_if<Reason>(&read)) return std::string(Code(*reason));
  return std::string(std::get<std::string_view>(read));
}

TEST(RestReader, KeepsWhatNoPointerReads) {
  const struct {
    const char* what;
    std::vector<std::string> pointers;
    const char *body, *rest;
  } kCases[] = {
      {"nothing there", {"/a"}, "{}", ""},
      {"all read", {"/a", "/b"}, R"({"a":1,"b":{"x":[2]}})", ""},
      {"no pointers", {}, R"({"a": 1})", R"({"a":1})"},
      {"as written",
       {"/a"},
       R"( { "a":1 , "b" : 1.50 ,"c":"\u00e4\n\"}","d": [ 1, {"x" :null}] , "e":1e3} )",
       R"({"b":1.50,"c":"\u00e4\n\"}","d":[ 1, {"x" :null}],"e":1e3})"},
      {"beside a nested one",
       {"/u/id"},
       R"({"u":{"id":1,"n":"x"},"v":2})",
       R"({"u":{"n":"x"},"v":2})"},
      {"emptied objects go", {"/u/id"}, R"({"u":{"id":1},"v":{}})", R"({"v":{}})"},
      {"a scalar where an object is expected", {"/u/id"}, R"({"u":"x"})", R"({"u":"x"})"},
      {"elements keep their places",
       {"/d/1"},
       R"({"d":[1,2,{"x":3}]})",
       R"({"d":[1,null,{"x":3}]})"},
      {"emptied arrays go", {"/d/0", "/d/1/x"}, R"({"d":[1,{"x":2}],"e":[]})", R"({"e":[]})"},
      {"inside an element",
       {"/d/0/id"},
       R"({"d":[{"id":1,"os":"x"},{"id":2}]})",
       R"({"d":[{"os":"x"},{"id":2}]})"},
      {"escaped keys",
       {"/a/b", "/x~1y"},
       R"({"\u0061":{"\u0062":1,"\u0063":2},"x/y":3})",
       R"({"\u0061":{"\u0063":2}})"},
      {"a constant", {""}, R"({"a":1})", R"({"a":1})"},
  };
  for (const auto& k : kCases) EXPECT_EQ(Rest(k.pointers, k.body), k.rest) << k.what;
}

TEST(RestReader, LetsNothingThroughThatAMaskIsFor) {
  const struct {
    const char* what;
    std::vector<std::string> pointers;
    const char *body, *rest;
  } kCases[] = {
      {"the value", {"!/ip"}, R"({"ip":"PII","a":1})", R"({"a":1})"},
      {"spelled with escapes", {"!/ip"}, R"({"\u0069\u0070":"PII","a":1})", R"({"a":1})"},
      {"of another type", {"!/ip"}, R"({"ip":["PII",{"x":"PII"}],"a":1})", R"({"a":1})"},
      {"inside an object",
       {"!/u/ip"},
       R"({"u":{"ip":"PII","n":1},"a":1})",
       R"({"u":{"n":1},"a":1})"},
      {"a string in place of the object", {"!/u/ip"}, R"({"u":"PII","a":1})", R"({"a":1})"},
      {"an array in place of the object",
       {"!/u/ip"},
       R"({"u":[{"ip":"PII"}],"a":1})",
       R"({"a":1})"},
      {"its neighbours in an array", {"!/d/0"}, R"({"d":["PII","PII"],"a":1})", R"({"a":1})"},
      {"and what they hold",
       {"!/d/0/id"},
       R"({"d":[{"id":"PII"},{"id":"PII","os":"PII"}],"a":1})",
       R"({"a":1})"},
      {"numbers as keys",
       {"!/d/0/id"},
       R"({"d":{"0":{"id":"PII"},"1":{"id":"PII"}},"a":1})",
       R"({"a":1})"},
      {"a number deep inside",
       {"!/x/d/0/id"},
       R"({"x":{"d":[{"id":"PII"}],"y":1},"a":1})",
       R"({"x":{"y":1},"a":1})"},
      {"masked and read whole beside it",
       {"/u", "!/u/ip"},
       R"({"u":{"ip":"PII","n":"PII"},"a":1})",
       R"({"a":1})"},
  };
  for (const auto& k : kCases) {
    const std::string rest = Rest(k.pointers, k.body);
    EXPECT_EQ(rest, k.rest) << k.what;
    EXPECT_EQ(rest.find("PII"), std::string::npos) << k.what;
  }
}

TEST(RestReader, RefusesWhatPostgresWouldNotTakeOrWouldLose) {
  EXPECT_EQ(Rest({"/a"}, R"({"b":1,"b":2})"), "ambiguous_key");
  EXPECT_EQ(Rest({"/a"}, R"({"b":1,"\u0062":2})"), "ambiguous_key");
  EXPECT_EQ(Rest({"/u/a"}, R"({"u":{"b":1,"b":2}})"), "ambiguous_key");
  EXPECT_EQ(Rest({"/a"}, R"({"z":{"a":1,"a":2}})"), "ambiguous_key") << "where no pointer leads";
  EXPECT_EQ(Rest({"/a"}, R"({"z":[[{"b":{}, "\u0062" :2}]]})"), "ambiguous_key");
  EXPECT_EQ(Rest({"/d/1"}, R"({"d":[{"b":{"x":1},"c":0,"b":2}]})"), "ambiguous_key");
  EXPECT_EQ(Rest({"/a"}, R"({"a":{"b":1,"b":2}})"), "") << "what is read is another's business";
  EXPECT_EQ(Rest({"/a"}, R"({"b":{"b":["b","b"]},"c":[{"b":"c"},{"b":"c:"}]})"),
            R"({"b":{"b":["b","b"]},"c":[{"b":"c"},{"b":"c:"}]})");
  EXPECT_EQ(Rest({"/a"}, R"({"b":"x\u0000"})"), "has_nul");
  EXPECT_EQ(Rest({"/a"}, R"({"b\u0000":1})"), "has_nul");
  EXPECT_EQ(Rest({"/a"}, R"({"b":"\ud800"})"), "bad_utf8");
  EXPECT_EQ(Rest({"/a"}, R"({"\udc00":1})"), "bad_utf8");
  EXPECT_EQ(Rest({"/a"}, R"({"b":1e1001})"), "out_of_range");
  EXPECT_EQ(Rest({"/a"}, R"({"a":"x\u0000"})"), "") << "what is read is another's business";
}

TEST(RestReader, GoesAsDeepAsAnEventMay) {
  const std::string deep = std::string(kMaxDepth - 1, '[') + std::string(kMaxDepth - 1, ']');
  EXPECT_EQ(Rest({"/a"}, R"({"b":)" + deep + "}"), R"({"b":)" + deep + "}");
}

}  // namespace
}  // namespace bauta::mapping
