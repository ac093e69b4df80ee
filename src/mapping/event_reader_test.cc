#include "mapping/event_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "fakes/mapping.h"

namespace bauta::mapping {
namespace {

std::vector<ColumnRule> Rules(const std::vector<std::string>& pointers) {
  std::vector<ColumnRule> rules;
  for (const std::string& pointer : pointers) rules.push_back(fakes::MakeRule("c", pointer));
  return rules;
}

std::string Repeated(std::string_view text, int n) {
  std::string all;
  for (int i = 0; i < n; ++i) all += text;
  return all;
}

TEST(EventReader, RefusesABodyThatIsNoEvent) {
  const struct {
    std::string body;
    Reason want;
  } kCases[] = {
      {"", Reason::kNotJson},
      {" ", Reason::kNotJson},
      {"{", Reason::kNotJson},
      {"}", Reason::kNotJson},
      {"{]", Reason::kNotJson},
      {"[}", Reason::kNotJson},
      {"{\"a\"}", Reason::kNotJson},
      {"{\"a\":}", Reason::kNotJson},
      {"{\"a\":1,}", Reason::kNotJson},
      {"{,}", Reason::kNotJson},
      {"{\"a\":1 \"b\":2}", Reason::kNotJson},
      {"{\"a\" 1}", Reason::kNotJson},
      {"{\"a\"::1}", Reason::kNotJson},
      {"{\"a\":\"b\":1}", Reason::kNotJson},
      {"{1:2}", Reason::kNotJson},
      {"{a:2}", Reason::kNotJson},
      {"{\"u\":[1,]}", Reason::kNotJson},
      {"{\"u\":[1 2]}", Reason::kNotJson},
      {"{\"u\":[,1]}", Reason::kNotJson},
      {"{\"u\":[1}", Reason::kNotJson},
      {"{\"u\":tru}", Reason::kNotJson},
      {"{\"u\":trueX}", Reason::kNotJson},
      {"{\"u\":true\"x\"}", Reason::kNotJson},
      {"{\"u\":\"x\"true}", Reason::kNotJson},
      {"{\"u\":\"x\"\"y\"}", Reason::kNotJson},
      {"{\"u\":01}", Reason::kNotJson},
      {"{\"u\":NaN}", Reason::kNotJson},
      {"{\"u\":'x'}", Reason::kNotJson},
      {"{\"u\":\"\\x\"}", Reason::kNotJson},
      {"{\"u\":\"\\u12\"}", Reason::kNotJson},
      {"{\"\\x\":1}", Reason::kNotJson},
      {"{\"u\":\"a\tb\"}", Reason::kNotJson},
      {"{\"u\":\"open}", Reason::kNotJson},
      {"{\"u\":\"open\\\"}", Reason::kNotJson},
      {"{} x", Reason::kNotJson},
      {"{}{}", Reason::kNotJson},
      {"{},", Reason::kNotJson},
      {"{}]", Reason::kNotJson},
      {"// c\n{}", Reason::kNotJson},
      {"\xef\xbb\xbf{}", Reason::kNotJson},
      {std::string("{}\0", 3), Reason::kNotJson},
      {std::string("{\"u\":\0}", 7), Reason::kNotJson},
      {std::string("\0", 1), Reason::kNotJson},
      {"1 2", Reason::kNotJson},
      {"hello", Reason::kNotJson},
      {"[]", Reason::kNotObject},
      {"[{}]", Reason::kNotObject},
      {"\"{}\"", Reason::kNotObject},
      {" 1.5 ", Reason::kNotObject},
      {"null", Reason::kNotObject},
      {"{\"u\":\"\xff\"}", Reason::kBadUtf8},
      {"{\"u\":\"\xc0\x80\"}", Reason::kBadUtf8},
      {"{\"u\":\"\xed\xa0\x80\"}", Reason::kBadUtf8},
      {"\xff\xfe{}", Reason::kBadUtf8},
      {"{\"u\":" + Repeated("[", 1024) + Repeated("]", 1024) + "}", Reason::kTooDeep},
      {Repeated("{\"a\":", 1025) + "1" + Repeated("}", 1025), Reason::kTooDeep},
      {Repeated("[", 100'000), Reason::kTooDeep},
  };
  const std::vector<ColumnRule> rules = Rules({"/a"});
  EventReader reader(rules);
  for (const auto& c : kCases) {
    EXPECT_EQ(reader.Read(c.body), c.want) << c.body.substr(0, 40);
    EXPECT_EQ(reader.Read("{\"a\":1}"), std::nullopt) << "after " << c.body.substr(0, 40);
  }
}

TEST(EventReader, ReadsAsDeepAsItPromises) {
  const std::vector<ColumnRule> rules = Rules({"/a"});
  EventReader reader(rules);
  const std::string body = "{\"a\":" + Repeated("[", 1023) + Repeated("]", 1023) + "}";
  EXPECT_EQ(reader.Read(body), std::nullopt);
  EXPECT_EQ(reader.found(0).json.raw.size(), 2046u);
}

std::string Find(const std::string& pointer, std::string_view body) {
  const std::vector<ColumnRule> rules = Rules({pointer});
  EventReader reader(rules);
  if (const auto reason = reader.Read(body)) return std::string(Code(*reason));
  switch (reader.found(0).state) {
    case Found::State::kAbsent:
      return "absent";
    case Found::State::kAmbiguous:
      return "ambiguous";
    case Found::State::kFound:
      break;
  }
  return std::string(reader.found(0).json.raw);
}

TEST(EventReader, ResolvesPointers) {
  const struct {
    const char* pointer;
    const char* body;
    const char* want;
  } kCases[] = {
      {"/a", R"({"b":1})", "absent"},
      {"/a/b", R"({"a":1})", "absent"},
      {"/a/b", R"({"a":null})", "absent"},
      {"/a/0", R"({"a":[]})", "absent"},
      {"/a/1", R"({"a":[1]})", "absent"},
      {"/a/01", R"({"a":[1,2]})", "absent"},
      {"/a/-", R"({"a":[1,2]})", "absent"},
      {"/a/b", R"({"a":[{"b":1}]})", "absent"},
      {"/A", R"({"a":1})", "absent"},
      {"/a", R"({"a":1})", "1"},
      {"/a", R"({ "a" : -1.50e+2 })", "-1.50e+2"},
      {"/a", R"({"a":"x y"  })", "x y"},
      {"/a", R"({"a":null})", "null"},
      {"/a", R"({"a": {"b" : [1, 2]} ,"c":1})", R"({"b" : [1, 2]})"},
      {"", R"( {"a":1} )", "absent"},  // A constant's: nowhere.
      {"/a/b/c", R"({"a":{"x":{"c":0},"b":{"c":7}}})", "7"},
      {"/a/0", R"({"a":["x","y"]})", "x"},
      {"/a/1/b", R"({"a":[{"b":1},{"b":2}]})", "2"},
      {"/a/0", R"({"a":{"0":"key"}})", "key"},
      {"/a/01", R"({"a":{"01":"key"}})", "key"},
      {"/a~1b", R"({"a/b":1})", "1"},
      {"/m~0n", R"({"m~n":1})", "1"},
      {"/", R"({"":1})", "1"},
      {"/\u00e9", R"({"\u00e9":1})", "1"},
      {"/a\"b", R"({"a\"b":1})", "1"},
      {"/a", R"({"\u0061":1})", "1"},
      {"/a", R"({"\ud800":1,"a":2})", "2"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Find(c.pointer, c.body), c.want) << c.body;
}

TEST(EventReader, TellsAKeyThatOccursTwiceAnywhereOnThePath) {
  EXPECT_EQ(Find("/a", R"({"a":1,"a":1})"), "ambiguous");
  EXPECT_EQ(Find("/a", R"({"a":1,"\u0061":1})"), "ambiguous");
  EXPECT_EQ(Find("/a/b", R"({"a":{"b":1},"a":{}})"), "ambiguous");
  EXPECT_EQ(Find("/a/b", R"({"a":{},"a":{"b":1}})"), "ambiguous");
  EXPECT_EQ(Find("/a/b", R"({"a":1,"a":2})"), "ambiguous");
  EXPECT_EQ(Find("/a/0/b", R"({"a":[{"b":1,"b":2}]})"), "ambiguous");
  EXPECT_EQ(Find("/a/b", R"({"a":{"b":1,"c":1,"c":2},"x":1,"x":2})"), "1");
  EXPECT_EQ(Find("/a", R"({"a":{"b":1,"b":2}})"), R"({"b":1,"b":2})");
}

TEST(EventReader, ForgetsTheEventBefore) {
  const std::vector<ColumnRule> rules = Rules({"/a"});
  EventReader reader(rules);
  ASSERT_EQ(reader.Read(R"({"a":1,"a":2,"x":3})"), std::nullopt);
  ASSERT_EQ(reader.Read(R"({})"), std::nullopt);
  EXPECT_EQ(reader.found(0).state, Found::State::kAbsent);
  EXPECT_FALSE(reader.has_unknown_key());
}

TEST(EventReader, GivesOneValueToSeveralRulesAndPrefixes) {
  const std::vector<ColumnRule> rules = Rules({"/a", "/a/b", "/a"});
  EventReader reader(rules);
  const std::string body = R"({"a":{"b":1}})";
  ASSERT_EQ(reader.Read(body), std::nullopt);
  EXPECT_EQ(reader.found(0).json.raw, R"({"b":1})");
  EXPECT_EQ(reader.found(1).json.raw, "1");
  EXPECT_EQ(reader.found(2).json.raw, R"({"b":1})");
}

bool HasUnknown(const std::vector<std::string>& pointers, std::string_view body) {
  const std::vector<ColumnRule> rules = Rules(pointers);
  EventReader reader(rules);
  EXPECT_EQ(reader.Read(body), std::nullopt) << body;
  return reader.has_unknown_key();
}

TEST(EventReader, TellsKeysThatNoPointerReads) {
  EXPECT_TRUE(HasUnknown({"/a"}, R"({"a":1,"b":2})"));
  EXPECT_TRUE(HasUnknown({"/a/b"}, R"({"a":{"b":1,"c":2}})"));
  EXPECT_TRUE(HasUnknown({"/a/0/b"}, R"({"a":[{"b":1},{"b":2}]})"));
  EXPECT_TRUE(HasUnknown({}, R"({"a":1})"));
  EXPECT_TRUE(HasUnknown({"/a"}, R"({"a":1,"\ud800":2})"));
  EXPECT_FALSE(HasUnknown({"/a"}, R"({"a":{"b":{"c":1}}})"));
  EXPECT_FALSE(HasUnknown({"/a/b"}, R"({"a":{"b":1}})"));
  EXPECT_FALSE(HasUnknown({"/a", "/a/b"}, R"({"a":{"b":1,"c":2}})"));
  EXPECT_FALSE(HasUnknown({"/a/0"}, R"({"a":[1,2]})"));
  EXPECT_TRUE(HasUnknown({""}, R"({"a":1})"));
  EXPECT_FALSE(HasUnknown({"/a"}, R"({})"));
}

TEST(EventReader, ParsesATextWithoutForgettingTheEvent) {
  const std::vector<ColumnRule> rules = Rules({"/a"});
  EventReader reader(rules);
  const std::string body = R"({"a":1})";
  ASSERT_EQ(reader.Read(body), std::nullopt);
  EXPECT_FALSE(reader.ParseText("{"));
  EXPECT_FALSE(reader.ParseText("1 2"));
  EXPECT_EQ(reader.ParseText(R"({"a":2,"a":3})")->kind, Json::Kind::kObject);
  EXPECT_EQ(reader.found(0).json.raw, "1");
  EXPECT_FALSE(reader.has_unknown_key());
}

}  // namespace
}  // namespace bauta::mapping
