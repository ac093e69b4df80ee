#include "aws/key_answer.h"

#include <gtest/gtest.h>

#include <map>

namespace bauta::aws {
namespace {

TEST(ParseTime, ReadsWhatAwsAndItsToolsWrite) {
  const std::map<std::string, std::int64_t> cases = {
      {"2026-11-21T08:25:36Z", 1795249536},       {"2026-11-21T08:25:36.158061Z", 1795249536},
      {"2026-11-21T08:25:36UTC", 1795249536},     {"2026-11-21T09:25:36+01:00", 1795249536},
      {"2026-11-21 03:55:36.5-0430", 1795249536}, {"1970-01-01T00:00:00+00:00", 0}};
  for (const auto& [text, seconds] : cases) {
    const auto time = ParseTime(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(ToEpochMillis(*time), seconds * 1000) << text;
  }
  for (const char* text :
       {"", "2026-11-21", "2026-11-21T08:25:36", "2026-13-21T08:25:36Z", "2026-02-30T08:25:36Z",
        "2026-11-21T24:00:00Z", "2026-11-21T08:25:36.Z", "2026-11-21T08:25:36+1",
        "2026-11-21T08:25:36Zx", "-026-11-21T08:25:36Z", "1795249536"}) {
    EXPECT_FALSE(ParseTime(text)) << text;
  }
}

TEST(ReadJsonKeys, NamesWhatIsMissingAndQuotesNothing) {
  const auto good = ReadJsonKeys(
      R"({"AccessKeyId":"A","SecretAccessKey":"s/+","Token":"t==","Expiration":"2026-11-21T08:25:36Z"})",
      "Token", "it");
  ASSERT_TRUE(good.ok()) << good.error().message;
  EXPECT_EQ(good->access_key_id, "A");
  EXPECT_EQ(good->secret_access_key, "s/+");
  EXPECT_EQ(good->session_token, "t==");
  EXPECT_EQ(ToEpochMillis(*good->expires), 1795249536000);
  EXPECT_FALSE(ReadJsonKeys(R"({"AccessKeyId":"A","SecretAccessKey":"s"})", "Token", "")->expires);

  const std::map<std::string, std::string> cases = {
      {"", "no JSON object"},
      {"[1]", "no JSON object"},
      {R"({"AccessKeyId":"hush)", "no JSON object"},
      {R"({"SecretAccessKey":"hush"})", "no AccessKeyId"},
      {R"({"AccessKeyId":"A"})", "no SecretAccessKey"},
      {R"({"AccessKeyId":null,"SecretAccessKey":"hush"})", "no AccessKeyId"},
      {R"({"AccessKeyId":"A","SecretAccessKey":"hush","Expiration":"soon"})", "is no time"},
      {R"({"AccessKeyId":"A","SecretAccessKey":"hush","Token":"a\r\nX: y"})", "white space"}};
  for (const auto& [json, says] : cases) {
    const auto bad = ReadJsonKeys(json, "Token", "it");
    ASSERT_FALSE(bad.ok()) << json;
    EXPECT_EQ(bad.error().code, ErrorCode::kConfig);
    EXPECT_NE(bad.error().message.find(says), std::string::npos) << bad.error().message;
    EXPECT_EQ(bad.error().message.find("hush"), std::string::npos);
  }
}

}  // namespace
}  // namespace bauta::aws
