#include "aws/kms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "fakes/canned_http_server.h"
#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using fakes::CannedHttpServer;
using fakes::FakeEnvironment;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr char kArn[] =
    "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555";
constexpr char kPlain[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const EncryptionContext kContext = {{"keyring", "bauta"}, {"kid", "k1"}};

std::string Made(const std::string& plain = kPlain) {
  return CannedHttpServer::Response("200 OK", R"({"CiphertextBlob":"AQIDBA==","KeyId":")" +
                                                  std::string(kArn) + R"(","Plaintext":")" + plain +
                                                  R"("})");
}

std::string Refused(const std::string& code, const std::string& headers = "") {
  return CannedHttpServer::Response("400 Bad Request",
                                    R"({"__type":")" + code + R"(","message":"no"})", headers);
}

// Signed with a role's keys, as instances have them.
FakeEnvironment With(const CannedHttpServer& server) {
  return FakeEnvironment({{"AWS_ENDPOINT_URL_KMS", server.url()},
                          {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                          {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"},
                          {"AWS_SESSION_TOKEN", "FQoGZXIvYXdzE"}});
}

TEST(Kms, GeneratesADataKey) {
  const CannedHttpServer server({Made()});
  KmsClient kms(With(server));
  const Result<DataKey> made = kms.GenerateDataKey("alias/tokens", kContext);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->plaintext.size(), 32u);
  EXPECT_EQ(made->ciphertext_blob, "\x01\x02\x03\x04");
  EXPECT_EQ(made->key_id, kArn);
  const std::string sent = server.requests().at(0);
  EXPECT_THAT(sent, testing::StartsWith("POST / HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("x-amz-target: TrentService.GenerateDataKey\r\n"));
  EXPECT_THAT(sent, HasSubstr("content-type: application/x-amz-json-1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("x-amz-security-token: FQoGZXIvYXdzE\r\n"));
  EXPECT_THAT(sent, HasSubstr("/kms/aws4_request, SignedHeaders=content-type;host;x-amz-date;"
                              "x-amz-security-token;x-amz-target, "));
  EXPECT_THAT(sent, EndsWith("\r\n\r\n"
                             R"({"KeyId":"alias/tokens","EncryptionContext":)"
                             R"({"keyring":"bauta","kid":"k1"},"KeySpec":"AES_256"})"));
}

TEST(Kms, DecryptsInTheContext) {
  const CannedHttpServer server({Made()});
  KmsClient kms(With(server));
  const auto plain = kms.Decrypt(kArn, "\x01\x02\x03\x04", kContext);
  ASSERT_TRUE(plain.ok()) << plain.error().message;
  EXPECT_EQ(AsText(plain->bytes()).substr(0, 4), std::string_view("\0\1\2\3", 4));
  const std::string sent = server.requests().at(0);
  EXPECT_THAT(sent, HasSubstr("x-amz-target: TrentService.Decrypt\r\n"));
  EXPECT_THAT(sent, HasSubstr("/eu-west-1/kms/aws4_request"));  // Of the ARN.
  EXPECT_THAT(sent, EndsWith(R"({"KeyId":")" + std::string(kArn) +
                             R"(","CiphertextBlob":"AQIDBA==","EncryptionContext":)"
                             R"({"keyring":"bauta","kid":"k1"}})"));
}

TEST(Kms, TriesAgainWhatMayPass) {
  const CannedHttpServer server(
      {Refused("KMSInternalException"), CannedHttpServer::Response("503 Busy", "<html>"), Made()});
  KmsClient kms(With(server));
  EXPECT_TRUE(kms.Decrypt(kArn, "b", kContext).ok());
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(Kms, CorrectsOurClockOnce) {
  const std::string date = "Date: Sun, 22 Nov 2037 07:00:00 GMT\r\n";
  const CannedHttpServer server({Refused("InvalidSignatureException", date), Made()});
  KmsClient kms(With(server));
  EXPECT_TRUE(kms.Decrypt(kArn, "b", kContext).ok());
  EXPECT_THAT(server.requests().at(1), HasSubstr("x-amz-date: 20371122T0"));
}

TEST(Kms, GivesUpWithAnError) {
  const std::string down = CannedHttpServer::Response("500 Oops", "{}");
  const struct {
    std::string answer;
    const char* says;
    ErrorCode code;
    std::size_t requests;
  } cases[] = {
      {Refused("com.amazonaws.kms#NotFoundException"), "400 NotFoundException", ErrorCode::kConfig,
       1},
      {Refused("DisabledException"), "cannot be used now: no", ErrorCode::kConfig, 1},
      {Refused("ExpiredTokenException"), "credentials: ", ErrorCode::kConfig, 1},
      {down, "AWS KMS GenerateDataKey: 500", ErrorCode::kRetryable, 3},
      {CannedHttpServer::Response("200 OK", "hello"), "not what KMS sends", ErrorCode::kConfig, 1},
      {CannedHttpServer::Response("200 OK", "{}"), "no data key of 32 bytes", ErrorCode::kConfig,
       1},
      {Made("AAEC"), "no data key of 32 bytes", ErrorCode::kConfig, 1},
  };
  for (const auto& c : cases) {
    const CannedHttpServer server({c.answer, c.answer, c.answer});
    KmsClient kms(With(server));
    const Result<DataKey> made = kms.GenerateDataKey(kArn, kContext);
    ASSERT_FALSE(made.ok()) << c.says;
    EXPECT_EQ(made.error().code, c.code) << made.error().message;
    EXPECT_THAT(made.error().message, HasSubstr(c.says));
    EXPECT_THAT(made.error().message, Not(HasSubstr("FQoGZ")));
    EXPECT_EQ(server.requests().size(), c.requests) << c.says;
  }
}

TEST(Kms, SaysThatNobodyAnswers) {
  std::string url;
  {
    const CannedHttpServer gone({});
    url = gone.url();
  }
  KmsClient kms(FakeEnvironment({{"AWS_ENDPOINT_URL_KMS", url}}));
  const auto plain = kms.Decrypt(kArn, "b", kContext);
  ASSERT_FALSE(plain.ok());
  EXPECT_EQ(plain.error().code, ErrorCode::kRetryable);
  EXPECT_THAT(plain.error().message, HasSubstr("AWS KMS Decrypt: "));
  EXPECT_THAT(plain.error().hint, HasSubstr("AWS_ENDPOINT_URL_KMS"));
}

TEST(Kms, WantsARegionForAKeyThatNamesNone) {
  KmsClient kms(FakeEnvironment({{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_SECRET_ACCESS_KEY", "b"}}));
  const auto made = kms.GenerateDataKey("alias/tokens", kContext);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kConfig);
  EXPECT_THAT(made.error().message, HasSubstr("no AWS region"));
}

}  // namespace
}  // namespace bauta::aws
