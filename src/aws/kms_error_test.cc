#include "aws/kms_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bauta::aws {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kArn[] =
    "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555";

KmsAsked Asked() {
  return {"Decrypt",
          kArn,
          {{"keyring", "bauta"}, {"kid", "k1"}},
          {"https://kms.eu-west-1.amazonaws.com", "eu-west-1", true}};
}

TEST(KmsError, SaysWhatToDo) {
  const struct {
    long status;
    const char *code, *message;
    ErrorCode asks;
    const char *says, *help;
  } cases[] = {
      {400, "AccessDeniedException",
       "User: arn:aws:sts::111122223333:assumed-role/ingest/i is not authorized",
       ErrorCode::kConfig, "no permission for kms:Decrypt", R"({"keyring":"bauta","kid":"k1"})"},
      {400, "NotFoundException", "Key 'x' does not exist", ErrorCode::kConfig,
       "there is no KMS key arn:aws:kms:eu-west-1", "account and region"},
      {400, "DisabledException", "is disabled.", ErrorCode::kConfig, "cannot be used now",
       "enable it in KMS"},
      {400, "KMSInvalidStateException", "is pending deletion.", ErrorCode::kConfig,
       "is pending deletion", "cancel its deletion"},
      {400, "InvalidCiphertextException", "", ErrorCode::kConfig,
       R"(wrapped in the context {"keyring":"bauta","kid":"k1"})", "restore it from its backup"},
      {400, "IncorrectKeyException", "", ErrorCode::kConfig, "this is not what the KMS key",
       "restore it from its backup"},
      {400, "InvalidKeyUsageException", "", ErrorCode::kConfig, "does not encrypt", "symmetric"},
      {400, "UnrecognizedClientException", "", ErrorCode::kConfig, "400 Unrecognized",
       "AWS credentials"},
      {400, "ValidationException", "", ErrorCode::kConfig, "400 ValidationException", ""},
      {404, "", "", ErrorCode::kConfig, "does not look like KMS", "AWS_ENDPOINT_URL_KMS"},
      {400, "ThrottlingException", "Rate exceeded", ErrorCode::kRetryable, "400 Throttling", ""},
      {400, "KMSInternalException", "", ErrorCode::kRetryable, "400 KMSInternal", ""},
      {500, "KeyUnavailableException", "", ErrorCode::kRetryable, "500 KeyUnavailable", ""},
      {503, "", "", ErrorCode::kRetryable, "AWS KMS Decrypt: 503", ""},
  };
  for (const auto& c : cases) {
    const Error error = KmsError(Asked(), c.status, c.code, c.message);
    EXPECT_EQ(error.code, c.asks) << c.code;
    EXPECT_THAT(error.message, HasSubstr(c.says));
    EXPECT_THAT(error.hint, HasSubstr(c.help)) << c.code;
  }
  EXPECT_EQ(KmsError(Asked(), 400, "ThrottlingException", "").trouble, Trouble::kThrottled);
}

// A signature's refusal quotes what was signed, the session token among it.
TEST(KmsError, PassesOnNoWordsThatMayQuoteASecret) {
  for (const char* code : {"InvalidSignatureException", "SignatureDoesNotMatch", "SomethingNew"}) {
    const Error error = KmsError(Asked(), 403, code, "x-amz-security-token:FQoGZXIvYXdzE");
    EXPECT_EQ(error.code, ErrorCode::kConfig);
    EXPECT_THAT(error.message + error.hint, Not(HasSubstr("FQoGZXIvYXdzE"))) << code;
  }
  const Error denied = KmsError(Asked(), 400, "AccessDeniedException", "two\nlines\x1b[1m");
  EXPECT_THAT(denied.message, HasSubstr(": two lines [1m "));
}

}  // namespace
}  // namespace bauta::aws
