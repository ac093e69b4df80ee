#include "aws/sso_cache.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/digest.h"
#include "fakes/canned_http_server.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using fakes::CannedHttpServer;
using fakes::FakeClock;
using fakes::FakeEnvironment;
using Texts = FakeEnvironment::Texts;

const std::string kRole = "sso_account_id = 123456789012\nsso_role_name = Dev\n";
const std::string kBySession =
    "[profile p]\n" + kRole +
    "sso_session = my-sso\n[sso-session my-sso]\n"
    "sso_start_url = https://example.com/start\nsso_region = eu-west-1\n";
const std::string kByUrl =
    "[profile p]\n" + kRole + "sso_start_url = https://example.com/start\nsso_region = eu-west-1\n";

std::string CacheFile(const std::string& of) {
  return "/h/.aws/sso/cache/" + crypto::Sha1Hex(of) + ".json";
}
std::string Token(const std::string& expires) {
  return R"({"startUrl":"u","accessToken":"aoaToken","expiresAt":")" + expires + "\"}";
}

// At 2023-11-14T22:13:20Z.
Result<Credentials> Ask(const std::string& url, const std::string& config, Texts files) {
  files["/f"] = config;
  const Environment environment = FakeEnvironment({{"HOME", "/h"},
                                                   {"AWS_CONFIG_FILE", "/f"},
                                                   {"AWS_PROFILE", "p"},
                                                   {"AWS_ENDPOINT_URL_SSO", url}},
                                                  files);
  const Profiles profiles = Profiles::Load(environment);
  const Provider provider = TRY(Sso(environment, profiles, profiles.Chosen()));
  const FakeClock clock;
  Outside outside(environment, clock);
  return provider.fetch(outside);
}

const std::string kKeys = CannedHttpServer::Response(
    "200 OK", R"({"roleCredentials":{"accessKeyId":"ASIA","secretAccessKey":"s",)"
              R"("sessionToken":"t","expiration":1900000000000}})");

TEST(Sso, ShowsThePortalTheCachedToken) {
  for (const bool session : {true, false}) {
    const CannedHttpServer server({kKeys});
    const auto got = Ask(server.url(), session ? kBySession : kByUrl,
                         {{CacheFile(session ? "my-sso" : "https://example.com/start"),
                           Token("2023-11-14T22:13:21Z")}});
    ASSERT_TRUE(got.ok()) << got.error().message;
    EXPECT_EQ(got->access_key_id, "ASIA");
    EXPECT_EQ(got->session_token, "t");
    EXPECT_EQ(ToEpochMillis(*got->expires), 1900000000000);
    const std::string sent = server.requests().at(0);
    EXPECT_TRUE(sent.starts_with(
        "GET /federation/credentials?role_name=Dev&account_id=123456789012 HTTP/1.1\r\n"));
    EXPECT_NE(sent.find("x-amz-sso_bearer_token: aoaToken\r\n"), std::string::npos);
  }
}

TEST(Sso, WhatFailsSaysHowToLogIn) {
  const std::string good = Token("2030-01-01T00:00:00Z");
  const auto ok = [](const std::string& body) {
    return CannedHttpServer::Response("200 OK", body);
  };
  struct Case {
    std::string cached, answer, says;
    ErrorCode code;
    bool login;
  };
  const std::vector<Case> cases = {
      {"", kKeys, "not logged in", ErrorCode::kConfig, true},
      {"{", kKeys, "cannot be read", ErrorCode::kConfig, true},
      {R"({"accessToken":"hush"})", kKeys, "cannot be read", ErrorCode::kConfig, true},
      {R"({"accessToken":"hush\r\n","expiresAt":"2030-01-01T00:00:00Z"})", kKeys, "cannot be read",
       ErrorCode::kConfig, true},
      {Token("2023-11-14T22:13:20Z"), kKeys, "has expired", ErrorCode::kConfig, true},
      {good, CannedHttpServer::Response("401 Unauthorized", "hush"), "401", ErrorCode::kConfig,
       true},
      {good, CannedHttpServer::Response("403 Forbidden", "hush"), "403", ErrorCode::kConfig, false},
      {good, CannedHttpServer::Response("500 Oops", "hush"), "500", ErrorCode::kRetryable, false},
      {good, "", "SSO, AWS profile 'p': 127.0.0.1", ErrorCode::kRetryable, false},
      {good, ok("hush"), "no JSON object", ErrorCode::kConfig, false},
      {good, ok("{}"), "no AccessKeyId", ErrorCode::kConfig, false},
      {good, ok(R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"hush"}})"),
       "no expiration", ErrorCode::kConfig, false}};
  for (const Case& test : cases) {
    const CannedHttpServer server({test.answer});
    const auto got = Ask(server.url(), kBySession, {{CacheFile("my-sso"), test.cached}});
    ASSERT_FALSE(got.ok()) << test.says;
    EXPECT_EQ(got.error().code, test.code) << test.says;
    EXPECT_NE(got.error().message.find(test.says), std::string::npos) << got.error().message;
    EXPECT_EQ(got.error().message.find("hush"), std::string::npos);
    EXPECT_EQ(got.error().hint == "aws sso login --profile p", test.login) << got.error().hint;
  }
}

}  // namespace
}  // namespace bauta::aws
