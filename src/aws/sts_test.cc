#include "aws/sts.h"

#include <gtest/gtest.h>

#include <vector>

#include "fakes/canned_http_server.h"
#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using fakes::CannedHttpServer;
using fakes::FakeEnvironment;
using Texts = FakeEnvironment::Texts;

// As moto and AWS answer.
std::string Assumed(const std::string& action, const std::string& id) {
  return CannedHttpServer::Response(
      "200 OK", "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" +
                    action + "Result><Credentials><AccessKeyId>" + id +
                    "</AccessKeyId><SecretAccessKey>s/9OP+hK</SecretAccessKey><SessionToken>FQ=="
                    "</SessionToken><Expiration>2026-11-21T08:25:37.158061Z</Expiration>"
                    "</Credentials><AssumedRoleUser><Arn>arn:x</Arn></AssumedRoleUser></" +
                    action + "Result></" + action + "Response>");
}

std::string Refusal(const std::string& status, const std::string& code, const std::string& message,
                    const std::string& headers = "") {
  return CannedHttpServer::Response(status,
                                    "<ErrorResponse><Error><Type>Sender</Type><Code>" + code +
                                        "</Code><Message>" + message +
                                        "</Message></Error></ErrorResponse>",
                                    headers);
}

const Endpoint kAws{"https://sqs.us-east-1.amazonaws.com", "us-east-1", true};
const Texts kWeb = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"},
                    {"AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/irsa"}};
const Texts kTokenFile = {{"/token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYSJ9.\n"}};

FakeEnvironment With(const CannedHttpServer& server, Texts variables, Texts files) {
  variables["AWS_ENDPOINT_URL_STS"] = server.url();
  return FakeEnvironment(std::move(variables), std::move(files));
}

Result<Credentials> Ask(const Environment& environment) {
  const Provider provider = TRY(FindProvider(kAws, environment, Profiles::Load(environment)));
  Outside outside(environment);
  return provider.fetch(outside);
}

TEST(WebIdentity, SendsItsTokenUnsigned) {
  const CannedHttpServer server({Assumed("AssumeRoleWithWebIdentity", "ASIA")});
  const auto got = Ask(With(server, kWeb, kTokenFile));
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(got->access_key_id, "ASIA");
  EXPECT_EQ(got->secret_access_key, "s/9OP+hK");
  EXPECT_EQ(got->session_token, "FQ==");
  EXPECT_TRUE(got->expires);
  const std::string sent = server.requests().at(0);
  EXPECT_TRUE(sent.starts_with("POST / HTTP/1.1\r\n"));
  EXPECT_EQ(sent.find("Authorization"), std::string::npos);
  EXPECT_TRUE(sent.ends_with(
      "\r\n\r\nAction=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A"
      "123456789012%3Arole%2Firsa&RoleSessionName=bauta&WebIdentityToken="
      "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYSJ9."))
      << sent;
}

TEST(WebIdentity, TheTokenFileIsReadAnewEachTime) {
  const CannedHttpServer server(
      {Assumed("AssumeRoleWithWebIdentity", "A"), Assumed("AssumeRoleWithWebIdentity", "B")});
  FakeEnvironment fake = With(server, kWeb, kTokenFile);
  const Environment environment = fake;
  const auto provider = FindProvider(kAws, environment, Profiles::Load(environment));
  ASSERT_TRUE(provider.ok());
  Outside outside(environment);
  ASSERT_TRUE(provider->fetch(outside).ok());
  fake.SetFile("/token", "second");
  ASSERT_TRUE(provider->fetch(outside).ok());
  EXPECT_TRUE(server.requests().at(1).ends_with("&WebIdentityToken=second"));
}

TEST(WebIdentity, SaysWhatStsSaysButNoToken) {
  const std::string token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYSJ9.";
  struct Case {
    std::string answer;
    std::string says;
    ErrorCode code;
    std::size_t requests;
  };
  const std::vector<Case> cases = {
      {Refusal("403 Forbidden", "AccessDenied",
               "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
       "403 AccessDenied: Not authorized", ErrorCode::kConfig, 1},
      {Refusal("400 Bad Request", "InvalidIdentityToken", "no good: " + token),
       "400 InvalidIdentityToken", ErrorCode::kConfig, 1},
      {Refusal("400 Bad Request", "IDPCommunicationError", "m"), "IDPCommunicationError",
       ErrorCode::kRetryable, 3},
      {Refusal("503 Busy", "ServiceUnavailable", "m"), "503", ErrorCode::kRetryable, 3},
      {CannedHttpServer::Response("404 Not Found", "<html>"), "404", ErrorCode::kConfig, 1},
      {CannedHttpServer::Response("200 OK", "hello"), "no XML", ErrorCode::kRetryable, 3},
      {CannedHttpServer::Response(
           "200 OK",
           "<AssumeRoleWithWebIdentityResponse><A>b</A></AssumeRoleWithWebIdentityResponse>"),
       "no AccessKeyId", ErrorCode::kConfig, 1}};
  for (const Case& test : cases) {
    const CannedHttpServer server({test.answer, test.answer, test.answer});
    const auto got = Ask(With(server, kWeb, kTokenFile));
    ASSERT_FALSE(got.ok()) << test.says;
    EXPECT_EQ(got.error().code, test.code) << got.error().message;
    EXPECT_NE(got.error().message.find(test.says), std::string::npos) << got.error().message;
    EXPECT_EQ(got.error().message.find("eyJ"), std::string::npos) << got.error().message;
    EXPECT_EQ(server.requests().size(), test.requests) << test.says;
  }
}

// A pod that may not take up its role must not act as its node.
TEST(WebIdentity, ARefusalIsNotFollowedByTheMachinesRole) {
  const CannedHttpServer sts({Refusal("403 Forbidden", "AccessDenied", "m")});
  const CannedHttpServer node({CannedHttpServer::Response("200 OK", "token")});
  Texts variables = kWeb;
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = node.url();
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = node.url();
  const auto got = Ask(With(sts, variables, kTokenFile));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kConfig);
  EXPECT_TRUE(node.requests().empty());
}

TEST(AssumeRole, IsSignedWithTheSourcesKeys) {
  const CannedHttpServer server({Assumed("AssumeRole", "ASIA")});
  const auto got =
      Ask(With(server, {{"AWS_CONFIG_FILE", "/f"}, {"AWS_PROFILE", "p"}},
               {{"/f",
                 "[profile p]\nrole_arn = arn:r\nsource_profile = k\nexternal_id = e x\n"
                 "role_session_name = me@here\nduration_seconds = 900\n"
                 "[profile k]\naws_access_key_id = AKID\naws_secret_access_key = "
                 "s\naws_session_token = t\n"}}));
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(got->access_key_id, "ASIA");
  const std::string sent = server.requests().at(0);
  for (const char* part :
       {"Authorization: AWS4-HMAC-SHA256 Credential=AKID/",
        "/us-east-1/sts/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=",
        "x-amz-security-token: t\r\n"}) {
    EXPECT_NE(sent.find(part), std::string::npos) << sent;
  }
  EXPECT_TRUE(
      sent.ends_with("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Ar&RoleSessionName="
                     "me%40here&ExternalId=e%20x&DurationSeconds=900"))
      << sent;
}

TEST(AssumeRole, GoesAlongAChainOfProfiles) {
  const CannedHttpServer server({Assumed("AssumeRole", "MIDDLE"), Assumed("AssumeRole", "TOP")});
  const auto got = Ask(With(server, {{"AWS_CONFIG_FILE", "/f"}, {"AWS_PROFILE", "top"}},
                            {{"/f",
                              "[profile top]\nrole_arn = arn:top\nsource_profile = middle\n"
                              "[profile middle]\nrole_arn = arn:middle\nsource_profile = middle\n"
                              "aws_access_key_id = AKID\naws_secret_access_key = s\n"
                              "[profile unused]\n"}}));
  // Keys of its own win over a role, as in botocore.
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_NE(server.requests().at(0).find("Credential=AKID/"), std::string::npos);

  const CannedHttpServer both({Assumed("AssumeRole", "MIDDLE"), Assumed("AssumeRole", "TOP")});
  const auto chained =
      Ask(With(both, {{"AWS_CONFIG_FILE", "/f"}, {"AWS_PROFILE", "top"}},
               {{"/f",
                 "[profile top]\nrole_arn = arn:top\nsource_profile = middle\n"
                 "[profile middle]\nrole_arn = arn:middle\nsource_profile = keys\n"
                 "[profile keys]\naws_access_key_id = AKID\naws_secret_access_key = s\n"}}));
  ASSERT_TRUE(chained.ok()) << chained.error().message;
  EXPECT_EQ(chained->access_key_id, "TOP");
  EXPECT_NE(both.requests().at(0).find("Credential=AKID/"), std::string::npos);
  EXPECT_NE(both.requests().at(0).find("RoleArn=arn%3Amiddle"), std::string::npos);
  EXPECT_NE(both.requests().at(1).find("Credential=MIDDLE/"), std::string::npos);
  EXPECT_NE(both.requests().at(1).find("RoleArn=arn%3Atop"), std::string::npos);
}

TEST(AssumeRole, TakesTheKeysOfANamedSource) {
  const std::string role = "[profile p]\nrole_arn = arn:r\ncredential_source = ";
  const std::string keys = CannedHttpServer::Response(
      "200 OK", R"({"Code":"Success","AccessKeyId":"SRC","SecretAccessKey":"s","Token":"t"})");
  const CannedHttpServer container({keys});
  const CannedHttpServer imds({CannedHttpServer::Response("200 OK", "token"),
                               CannedHttpServer::Response("200 OK", "role"), keys});
  const std::vector<Texts> sources = {
      {{"source", "EcsContainer"}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI", container.url()}},
      {{"source", "Ec2InstanceMetadata"}, {"AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.url()}}};
  for (Texts variables : sources) {
    const std::string source = variables.extract("source").mapped();
    variables.insert({{"AWS_CONFIG_FILE", "/f"}, {"AWS_PROFILE", "p"}});
    const CannedHttpServer sts({Assumed("AssumeRole", "ASIA")});
    const auto got = Ask(With(sts, variables, {{"/f", role + source + "\n"}}));
    ASSERT_TRUE(got.ok()) << source << got.error().message;
    EXPECT_NE(sts.requests().at(0).find("Credential=SRC/"), std::string::npos) << source;
  }
}

TEST(AssumeRole, IsSignedWithAwssClockWhenOursIsOff) {
  const CannedHttpServer server({Refusal("403 Forbidden", "SignatureDoesNotMatch", "m",
                                         "Date: Fri, 01 Jan 2021 12:30:30 GMT\r\n"),
                                 Assumed("AssumeRole", "ASIA")});
  const auto got = Ask(With(server, {{"AWS_CONFIG_FILE", "/f"}, {"AWS_PROFILE", "p"}},
                            {{"/f",
                              "[profile p]\nrole_arn = arn:r\nsource_profile = p\n"
                              "aws_access_key_id = AKID\naws_secret_access_key = s\n"}}));
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_NE(server.requests().at(1).find("x-amz-date: 20210101T1230"), std::string::npos);
}

TEST(GetCallerIdentity, SaysWho) {
  const CannedHttpServer server(
      {CannedHttpServer::Response(
           "200 OK",
           "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:"
           "user/ingest</Arn><UserId>U</UserId><Account>123456789012</Account>"
           "</GetCallerIdentityResult></GetCallerIdentityResponse>"),
       Refusal("403 Forbidden", "InvalidClientTokenId", "The security token is invalid")});
  Outside outside{FakeEnvironment()};
  const Endpoint endpoint{server.url(), "eu-west-1", false};
  const auto who = GetCallerIdentity(endpoint, {"AKID", "s", "", {}}, outside);
  ASSERT_TRUE(who.ok()) << who.error().message;
  EXPECT_EQ(who->arn, "arn:aws:iam::123456789012:user/ingest");
  EXPECT_EQ(who->account, "123456789012");
  const auto refused = GetCallerIdentity(endpoint, {"AKID", "s", "", {}}, outside);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kRejected);
  EXPECT_NE(refused.error().message.find("InvalidClientTokenId"), std::string::npos);
}

}  // namespace
}  // namespace bauta::aws
