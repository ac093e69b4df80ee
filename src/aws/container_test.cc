#include "aws/container.h"

#include <gtest/gtest.h>

#include <vector>

#include "fakes/canned_http_server.h"
#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using fakes::CannedHttpServer;
using fakes::FakeEnvironment;
using Texts = FakeEnvironment::Texts;

constexpr const char* kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

std::string Keys(const std::string& id) {
  return CannedHttpServer::Response("200 OK", "{\"AccessKeyId\":\"" + id +
                                                  "\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
                                                  "\"Expiration\":\"2026-11-21T08:25:36Z\"}");
}

Result<Credentials> Ask(const Environment& environment) {
  const Provider provider = TRY(Container(environment));
  Outside outside(environment);
  return provider.fetch(outside);
}

TEST(Container, AsksWithItsToken) {
  const CannedHttpServer server({Keys("ASIA")});
  const auto got = Ask(FakeEnvironment({{kFull, server.url() + "/v2/credentials/abc"},
                                        {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic tok123"}}));
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(got->access_key_id, "ASIA");
  EXPECT_EQ(got->session_token, "t");
  EXPECT_TRUE(server.requests().at(0).starts_with("GET /v2/credentials/abc HTTP/1.1\r\n"));
  EXPECT_NE(server.requests().at(0).find("Authorization: Basic tok123\r\n"), std::string::npos);
}

// EKS rotates it; a token that was kept from the start stops working after a day.
TEST(Container, TheTokenFileIsReadAnewEachTime) {
  const CannedHttpServer server({Keys("A"), Keys("B")});
  FakeEnvironment fake({{kFull, server.url()},
                        {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "ignored"},
                        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}},
                       {{"/token", "first"}});
  const auto provider = Container(fake);
  ASSERT_TRUE(provider.ok());
  Outside outside(fake);
  ASSERT_TRUE(provider->fetch(outside).ok());
  fake.SetFile("/token", "second");
  ASSERT_TRUE(provider->fetch(outside).ok());
  EXPECT_NE(server.requests().at(0).find("Authorization: first\r\n"), std::string::npos);
  EXPECT_NE(server.requests().at(1).find("Authorization: second\r\n"), std::string::npos);
  fake.RemoveFile("/token");
  const auto gone = provider->fetch(outside);
  ASSERT_FALSE(gone.ok());
  EXPECT_NE(gone.error().message.find("cannot read the token file /token"), std::string::npos);
}

TEST(Container, ATokenWithALineBreakIsNotSent) {
  for (const char* token : {"hush\r\nX-Evil: 1", "hush\n", "hush\x7f"}) {
    const CannedHttpServer server({Keys("A")});
    const auto got = Ask(
        FakeEnvironment({{kFull, server.url()}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/t"}},
                        {{"/t", token}}));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, ErrorCode::kConfig);
    EXPECT_EQ(got.error().message.find("hush"), std::string::npos);
    EXPECT_TRUE(server.requests().empty());
  }
}

TEST(Container, KeysAreFetchedInClearOnlyFromNearBy) {
  const std::vector<std::pair<std::string, bool>> cases = {
      {"http://127.0.0.1:80/x", true},
      {"http://127.8.8.8/x", true},
      {"http://localhost:8080/x", true},
      {"http://[::1]:8080/x", true},
      {"http://169.254.170.2/x", true},
      {"http://169.254.170.23/v1/credentials", true},
      {"http://[fd00:ec2::23]/v1/credentials", true},
      {"https://192.0.2.1/x", true},
      {"http://192.0.2.1/x", false},
      {"http://169.254.169.254/x", false},
      {"http://127.0.0.1.example.com/x", false},
      {"http://localhost.example.com/x", false},
      {"http://127.0.0.1@192.0.2.1/x", false},
      {"http://[2001:db8::1]/x", false},
      {"http://2130706433/x", false},
      {"ftp://127.0.0.1/x", false},
      {"127.0.0.1/x", false}};
  for (const auto& [url, good] : cases) {
    EXPECT_EQ(ContainerUrl(FakeEnvironment({{kFull, url}})).ok(), good) << url;
  }
}

TEST(Container, TheRelativeUriComesFirst) {
  const Texts both = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1"},
                      {kFull, "http://127.0.0.1/x"}};
  EXPECT_EQ(*ContainerUrl(FakeEnvironment(both)), "http://169.254.170.2/v2/credentials/1");
  for (const char* bad : {"@192.0.2.1/x", "x", "/a b"}) {
    EXPECT_FALSE(
        ContainerUrl(FakeEnvironment({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", bad}})).ok());
  }
}

TEST(Container, TriesThreeTimesWhatMayPass) {
  const std::string busy = CannedHttpServer::Response("503 Busy", "hush");
  const CannedHttpServer server({busy, "", Keys("A"), busy});
  EXPECT_TRUE(Ask(FakeEnvironment({{kFull, server.url()}})).ok());
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(Container, SaysWhatFailed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {CannedHttpServer::Response("403 Forbidden", "hush"), "answered 403"},
      {CannedHttpServer::Response("404 Not Found", "hush"), "answered 404"},
      {CannedHttpServer::Response("302 Found", "", "Location: http://192.0.2.1/\r\n"), "302"},
      {CannedHttpServer::Response("200 OK", "hush"), "no JSON object"},
      {CannedHttpServer::Response("200 OK", "{\"AccessKeyId\":\"hush\"}"), "no SecretAccessKey"}};
  for (const auto& [answer, says] : cases) {
    const CannedHttpServer server({answer});
    const auto got = Ask(FakeEnvironment({{kFull, server.url()}}));
    ASSERT_FALSE(got.ok()) << says;
    EXPECT_EQ(got.error().code, ErrorCode::kConfig);
    EXPECT_NE(got.error().message.find(says), std::string::npos) << got.error().message;
    EXPECT_EQ(got.error().message.find("hush"), std::string::npos);
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST(Container, WaitingEndsWithTheProgram) {
  const CannedHttpServer server({"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"});
  const Environment environment = FakeEnvironment({{kFull, server.url()}});
  Outside outside(environment);
  outside.Stop();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Container(environment)->fetch(outside).error().code, ErrorCode::kRetryable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1500));
}

}  // namespace
}  // namespace bauta::aws
