#include "aws/imds.h"

#include <gtest/gtest.h>

#include <vector>

#include "fakes/canned_http_server.h"
#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using fakes::CannedHttpServer;
using fakes::FakeEnvironment;

const std::string kToken = CannedHttpServer::Response("200 OK", "AQAEtoken==");
const std::string kRole = CannedHttpServer::Response("200 OK", "my-role\n");
const std::string kKeys = CannedHttpServer::Response(
    "200 OK",
    R"({"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIA","SecretAccessKey":"s/+x",)"
    R"("Token":"t==","Expiration":"2026-11-21T08:25:36Z"})");

FakeEnvironment At(const CannedHttpServer& server, FakeEnvironment::Texts more = {}) {
  more["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server.url() + "/";
  return FakeEnvironment(std::move(more));
}

Result<Credentials> Ask(const Environment& environment) {
  const Provider provider = TRY(Imds(environment, {}));
  Outside outside(environment);
  return provider.fetch(outside);
}

TEST(Imds, AsksByVersion2) {
  const CannedHttpServer server({kToken, kRole, kKeys});
  const auto got = Ask(At(server));
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(got->access_key_id, "ASIA");
  EXPECT_EQ(got->session_token, "t==");
  EXPECT_TRUE(got->expires);
  const auto sent = server.requests();
  EXPECT_TRUE(sent[0].starts_with("PUT /latest/api/token HTTP/1.1\r\n"));
  EXPECT_NE(sent[0].find("x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"), std::string::npos);
  EXPECT_TRUE(sent[1].starts_with("GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n"));
  EXPECT_TRUE(sent[2].starts_with("GET /latest/meta-data/iam/security-credentials/my-role HTTP"));
  for (const std::size_t i : {1u, 2u}) {
    EXPECT_NE(sent[i].find("x-aws-ec2-metadata-token: AQAEtoken==\r\n"), std::string::npos);
  }
}

TEST(Imds, FallsBackToVersion1OnlyWhereThereAreNoTokens) {
  for (const char* status : {"403 Forbidden", "404 Not Found", "405 Method Not Allowed"}) {
    const std::string no = CannedHttpServer::Response(status, "");
    const CannedHttpServer server({no, kRole, kKeys});
    EXPECT_TRUE(Ask(At(server)).ok()) << status;
    EXPECT_EQ(server.requests().at(2).find("x-aws-ec2-metadata-token"), std::string::npos);

    const CannedHttpServer strict({no, kRole, kKeys});
    const auto got = Ask(At(strict, {{"AWS_EC2_METADATA_V1_DISABLED", "true"}}));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, ErrorCode::kConfig);
    EXPECT_EQ(strict.requests().size(), 1u);
  }
  for (const char* status : {"400 Bad Request", "500 Oops", "503 Busy"}) {
    const CannedHttpServer server({CannedHttpServer::Response(status, ""), kRole, kKeys});
    EXPECT_EQ(Ask(At(server)).error().code, ErrorCode::kRetryable) << status;
    EXPECT_EQ(server.requests().size(), 1u) << status;
  }
}

TEST(Imds, SaysWhatFailed) {
  const auto ok = [](const std::string& body) {
    return CannedHttpServer::Response("200 OK", body);
  };
  struct Case {
    std::vector<std::string> answers;
    ErrorCode code;
    std::string says;
  };
  const std::vector<Case> cases = {
      {{""}, ErrorCode::kRetryable, "EC2 instance metadata: 127.0.0.1"},
      {{kToken, CannedHttpServer::Response("404 Not Found", "")}, ErrorCode::kConfig, "no role"},
      {{kToken, ok("")}, ErrorCode::kConfig, "names no role"},
      {{kToken, ok("../../secret")}, ErrorCode::kConfig, "names no role"},
      {{kToken, CannedHttpServer::Response("500 Oops", "hush")}, ErrorCode::kRetryable, "500"},
      {{kToken, kRole, ok("{\"AccessKeyId\":\"hush")}, ErrorCode::kRetryable, "no JSON"},
      {{kToken, kRole, ok(R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"hush"})")},
       ErrorCode::kConfig,
       "AssumeRoleUnauthorizedAccess"},
      {{kToken, kRole, ok(R"({"Code":"Success","AccessKeyId":"hush"})")},
       ErrorCode::kConfig,
       "no SecretAccessKey"}};
  for (const Case& test : cases) {
    const CannedHttpServer server(test.answers);
    const auto got = Ask(At(server));
    ASSERT_FALSE(got.ok()) << test.says;
    EXPECT_EQ(got.error().code, test.code) << test.says;
    EXPECT_NE(got.error().message.find(test.says), std::string::npos) << got.error().message;
    EXPECT_EQ(got.error().message.find("hush"), std::string::npos);
  }
}

TEST(Imds, GivesUpSoon) {
  const CannedHttpServer server({"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Ask(At(server)).error().code, ErrorCode::kRetryable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Imds, GoesByNoProxy) {
  const CannedHttpServer server({kToken, kRole, kKeys});
  setenv("http_proxy", "http://192.0.2.1:1", 1);
  const auto got = Ask(At(server));
  unsetenv("http_proxy");
  EXPECT_TRUE(got.ok());
}

TEST(Imds, KnowsWhereToAsk) {
  const auto source = [](FakeEnvironment::Texts variables) -> Result<std::string> {
    return TRY(Imds(FakeEnvironment(std::move(variables)), {})).source;
  };
  EXPECT_EQ(*source({}), "EC2 instance metadata at http://169.254.169.254");
  EXPECT_EQ(*source({{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}}),
            "EC2 instance metadata at http://[fd00:ec2::254]");
  for (const FakeEnvironment::Texts& bad :
       {FakeEnvironment::Texts{{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "carrier"}},
        FakeEnvironment::Texts{{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254"}},
        FakeEnvironment::Texts{{"AWS_EC2_METADATA_DISABLED", "TRUE"}}}) {
    EXPECT_EQ(source(bad).error().code, ErrorCode::kConfig);
  }
}

}  // namespace
}  // namespace bauta::aws
