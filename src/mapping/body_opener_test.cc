#include "mapping/body_opener.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace bauta::mapping {
namespace {

// "{}" and "[1]" gzipped, in base64.
constexpr const char* kPackedObject = "H4sIAAAAAAACA6uuBQBDv6ajAgAAAA==";

constexpr const char* kHead =
    R"("Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:1:t")";

std::string Envelope(std::string_view rest) {
  return std::string("{") + kHead + std::string(rest) + "}";
}

// "text attributes", with " | " between several; or the reason.
std::string Open(const BodyRules& rules, std::string_view body) {
  BodyOpener opener(rules);
  const auto opened = opener.Open(body, "{own}");
  if (const auto* reason = std::get_if<Reason>(&opened)) return std::string(Code(*reason));
  const auto& good = std::get<BodyOpener::Opened>(opened);
  if (!good.parts) return std::string(good.text) + " " + std::string(good.attributes);
  std::string shown;
  for (const Sealable::Part& part : *good.parts) {
    shown += (shown.empty() ? "" : " | ") + std::string(good.text.substr(part.begin, part.size));
  }
  return "[" + shown + "]";
}

TEST(BodyOpener, LeavesABodyAloneIfThereIsNothingToUndo) {
  EXPECT_TRUE(BodyOpener({}).is_plain());
  EXPECT_EQ(Open({}, "anything"), "anything {own}");
}

TEST(BodyOpener, TakesWhatIsInAnEnvelope) {
  const struct {
    std::string body, opened;
  } cases[] = {
      {Envelope(R"(,"Message":"{}")"), "{} {}"},
      {Envelope(R"(,"Message":"{\"a\":\"\u00e4\\n\"}","Timestamp":"2026","Subject":null)"),
       "{\"a\":\"ä\\n\"} {}"},
      {Envelope(R"(, "Message": "x", "MessageAttributes": {"N": {"Type":"String","Value":"v"}} )"),
       R"(x {"N": {"Type":"String","Value":"v"}})"},
      {Envelope(R"(,"Message":"","MessageAttributes":null)"), " {}"},
      {Envelope(R"(,"Message":"\ud800")"), "bad_utf8"},
  };
  for (const auto& c : cases) EXPECT_EQ(Open({.sns = true}, c.body), c.opened) << c.body;
}

// Raw delivery, and events that only look like an envelope.
TEST(BodyOpener, TakesWhatIsNoEnvelopeAsItIs) {
  for (const std::string& body :
       {std::string("{}"), std::string("not json"), std::string(), std::string("[1]"),
        std::string(R"({"Type":"Notification","Message":"{}"})"),
        std::string(R"({"Type":"Notification","MessageId":"m","TopicArn":7,"Message":"{}"})"),
        std::string(R"({"Type":"Alarm","MessageId":"m","TopicArn":"t","Message":"{}"})"),
        Envelope(""), Envelope(R"(,"Message":{"a":1})"),
        Envelope(R"(,"Message":"{}","Message":"{}")"), Envelope(R"(,"Message":"{}")") + "x"}) {
    EXPECT_EQ(Open({.sns = true}, body), body + " {own}");
  }
}

TEST(BodyOpener, FindsTheEventsOfABody) {
  const struct {
    const char *events, *body, *opened;
  } cases[] = {
      {"/items", R"({"items":[{"a":1},{"b":[2,{"c":"],"}]}]})",
       R"([{"a":1} | {"b":[2,{"c":"],"}]}])"},
      {"/items", R"({ "items" : [ {"a" : 1 } , 2,"x\"," ,null,[ ] ] })",
       R"([{"a" : 1 } | 2 | "x\"," | null | [ ]])"},
      {"/a/0/b", R"({"a":[{"b":[{}]}]})", "[{}]"},
      {"/a~1b", R"({"a/b":[{}]})", "[{}]"},
      {"", R"([{},{}])", "[{} | {}]"},
      {"", " [ ] ", "[]"},
      {"/items", R"({"items":[]})", "[]"},
      {"/items", R"({})", "required_missing"},
      {"/items", R"([])", "required_missing"},
      {"/items", R"({"items":null})", "required_null"},
      {"/items", R"({"items":{"a":1}})", "wrong_type"},
      {"/items", R"({"items":"[]"})", "wrong_type"},
      {"", R"({})", "wrong_type"},
      {"", "null", "required_null"},
      {"/items", R"({"items":[],"items":[]})", "ambiguous_key"},
      {"/items", R"({"items":[1,]})", "not_json"},
      {"/items", R"({"items":[1]}x)", "not_json"},
      {"/items", "", "not_json"},
      {"/items", "{\"items\":[\"\xff\"]}", "bad_utf8"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Open({.events = c.events}, c.body), c.opened) << c.events << " " << c.body;
  }
}

TEST(BodyOpener, RefusesMoreEventsThanItMayHold) {
  std::string body = "[0";
  for (std::size_t i = 1; i < kMostEvents; ++i) body += ",0";
  EXPECT_NE(Open({.events = ""}, body + "]"), "out_of_range");
  EXPECT_EQ(Open({.events = ""}, body + ",0]"), "out_of_range");
}

TEST(BodyOpener, UndoesEnvelopeThenCompressionThenArray) {
  EXPECT_EQ(Open({.gzip_base64 = true}, kPackedObject), "{} {own}");
  EXPECT_EQ(Open({.gzip_base64 = true}, "{}"), "bad_encoding");
  const std::string packed = Envelope(R"(,"Message":")" + std::string(kPackedObject) + R"(")");
  EXPECT_EQ(Open({.sns = true, .gzip_base64 = true}, packed), "{} {}");
  EXPECT_EQ(Open({.sns = true, .gzip_base64 = true}, kPackedObject), "{} {own}") << "raw delivery";
  EXPECT_EQ(Open({.sns = true, .gzip_base64 = true, .events = ""}, packed), "wrong_type");
  const std::string several = Envelope(R"(,"Message":"[{\"a\":1},{}]")");
  EXPECT_EQ(Open({.sns = true, .events = ""}, several), R"([{"a":1} | {}])");
}

}  // namespace
}  // namespace bauta::mapping
