// What SqsClient does when its credentials run out or are refused.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "aws/sqs_client.h"
#include "base/clock.h"
#include "fakes/canned_http_server.h"
#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using fakes::CannedHttpServer;
using fakes::FakeEnvironment;

std::string Keys(const std::string& id, const std::string& expires = "2099-01-01T00:00:00Z") {
  return CannedHttpServer::Response("200 OK", "{\"AccessKeyId\":\"" + id +
                                                  "\",\"SecretAccessKey\":\"s\",\"Token\":\"t" +
                                                  id + "\",\"Expiration\":\"" + expires + "\"}");
}
std::string Refusal(const std::string& code) {
  return CannedHttpServer::Response("403 Forbidden", "{\"__type\":\"x#" + code + "\"}");
}
const std::string kEmpty = CannedHttpServer::Response("200 OK", "{}");

Result<std::unique_ptr<SqsClient>> Open(const CannedHttpServer& sqs, const CannedHttpServer& keys) {
  return SqsClient::Open({"q", {}, sqs.url()},
                         FakeEnvironment({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", keys.url()}}));
}

Result<std::vector<Received>> ReceiveFrom(SqsClient& client) {
  return Await<std::vector<Received>>(
      [&](Done<std::vector<Received>> done) { client.ReceiveMessage("u", {}, std::move(done)); });
}

TEST(SqsClientCredentials, RefusedOnesAreRenewedOnceAndTheCallSignedAgain) {
  for (const char* code : {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId",
                           "UnrecognizedClientException"}) {
    const CannedHttpServer sqs({Refusal(code), kEmpty});
    const CannedHttpServer keys({Keys("OLD"), Keys("NEW")});
    const auto client = Open(sqs, keys);
    ASSERT_TRUE(client.ok());
    EXPECT_TRUE(ReceiveFrom(**client).ok()) << code;
    EXPECT_NE(sqs.requests().at(0).find("Credential=OLD/"), std::string::npos);
    EXPECT_NE(sqs.requests().at(0).find("x-amz-security-token: tOLD\r\n"), std::string::npos);
    EXPECT_NE(sqs.requests().at(1).find("Credential=NEW/"), std::string::npos);
    EXPECT_NE(sqs.requests().at(1).find("x-amz-security-token: tNEW\r\n"), std::string::npos);
  }
}

TEST(SqsClientCredentials, OnesThatStayRefusedAreAnErrorThatNamesTheirSource) {
  const std::string refusal = Refusal("ExpiredToken");
  const CannedHttpServer sqs({refusal, refusal, kEmpty});
  const CannedHttpServer keys({Keys("OLD"), Keys("NEW")});
  const auto client = Open(sqs, keys);
  ASSERT_TRUE(client.ok());
  const auto got = ReceiveFrom(**client);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kConfig);
  EXPECT_NE(got.error().message.find("ExpiredToken"), std::string::npos);
  EXPECT_NE(got.error().message.find("the container's credentials endpoint at 127.0.0.1"),
            std::string::npos);
  EXPECT_EQ(sqs.requests().size(), 2u);
}

TEST(SqsClientCredentials, IfNoNewOnesComeTheCallSaysWhy) {
  const CannedHttpServer sqs({Refusal("ExpiredToken"), kEmpty});
  const CannedHttpServer keys({Keys("OLD"), CannedHttpServer::Response("403 Forbidden", "")});
  const auto client = Open(sqs, keys);
  ASSERT_TRUE(client.ok());
  const auto got = ReceiveFrom(**client);
  ASSERT_FALSE(got.ok());
  EXPECT_NE(got.error().message.find("answered 403"), std::string::npos) << got.error().message;
  EXPECT_EQ(sqs.requests().size(), 1u);
}

TEST(SqsClientCredentials, WhatCannotBeRenewedIsNotAskedForAgain) {
  const CannedHttpServer sqs({Refusal("InvalidClientTokenId"), kEmpty});
  const auto client = SqsClient::Open(
      {"q", {}, sqs.url()},
      FakeEnvironment({{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}}));
  ASSERT_TRUE(client.ok());
  const auto got = ReceiveFrom(**client);
  ASSERT_FALSE(got.ok());
  EXPECT_NE(got.error().message.find("credentials: environment variables"), std::string::npos);
  EXPECT_EQ(sqs.requests().size(), 1u);
}

// What has worked may be in the middle of a change: a role that is replaced, a file half-written.
TEST(SqsClientCredentials, ARenewalThatFailsOnceTheyWorkedIsTriedAgain) {
  for (const std::string& no : {CannedHttpServer::Response("403 Forbidden", ""),
                                CannedHttpServer::Response("200 OK", "{\"AccessKeyId\":\"H\"")}) {
    const CannedHttpServer sqs({kEmpty, Refusal("ExpiredToken"), kEmpty});
    const CannedHttpServer keys({Keys("OLD"), no, Keys("NEW")});
    const auto client = Open(sqs, keys);
    ASSERT_TRUE(client.ok());
    ASSERT_TRUE(ReceiveFrom(**client).ok());
    const auto got = ReceiveFrom(**client);
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, ErrorCode::kRetryable) << got.error().message;
    EXPECT_TRUE(ReceiveFrom(**client).ok());
  }
}

TEST(SqsClientCredentials, OnesThatStayRefusedOnceTheyWorkedAreTriedAgainIfThereMayBeOthers) {
  const struct {
    const char* code;
    bool renewable;
    ErrorCode expected;
  } kCases[] = {{"ExpiredToken", true, ErrorCode::kRetryable},
                {"InvalidClientTokenId", true, ErrorCode::kRetryable},
                {"ExpiredToken", false, ErrorCode::kConfig},
                {"AccessDenied", true, ErrorCode::kConfig},
                {"QueueDoesNotExist", true, ErrorCode::kConfig}};
  for (const auto& c : kCases) {
    const CannedHttpServer sqs({kEmpty, Refusal(c.code), Refusal(c.code)});
    const CannedHttpServer keys({Keys("OLD"), Keys("NEW")});
    const auto client =
        c.renewable
            ? Open(sqs, keys)
            : SqsClient::Open(
                  {"q", {}, sqs.url()},
                  FakeEnvironment({{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}}));
    ASSERT_TRUE(client.ok());
    ASSERT_TRUE(ReceiveFrom(**client).ok());
    const auto got = ReceiveFrom(**client);
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, c.expected) << c.code << ' ' << got.error().message;
  }
}

TEST(SqsClientCredentials, NothingIsSentWithExpiredOnes) {
  const WallTime soon = SystemClock().Now() + std::chrono::seconds(2);
  const auto second = std::chrono::floor<std::chrono::seconds>(soon);
  const std::time_t time = second.time_since_epoch().count();
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  const std::string busy = CannedHttpServer::Response("500 Oops", "");
  // Asked half-way in the background, three times without success.
  const CannedHttpServer keys({Keys("OLD", text), busy, busy, busy, busy, busy, busy, Keys("NEW")});
  const CannedHttpServer sqs({kEmpty});
  const auto client = Open(sqs, keys);
  ASSERT_TRUE(client.ok());
  while (SystemClock().Now() < second) std::this_thread::yield();
  const auto got = ReceiveFrom(**client);
  if (!got.ok()) {
    EXPECT_EQ(got.error().code, ErrorCode::kRetryable);
    EXPECT_TRUE(sqs.requests().empty());
  } else {
    EXPECT_NE(sqs.requests().at(0).find("Credential=NEW/"), std::string::npos);
  }
}

}  // namespace
}  // namespace bauta::aws
