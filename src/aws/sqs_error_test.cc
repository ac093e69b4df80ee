#include "aws/sqs_error.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace bauta::aws {
namespace {

TEST(SqsError, SaysWhatTheCallerShouldDo) {
  struct Case {
    long status;
    std::string code;
    ErrorCode means;
  };
  const std::vector<Case> cases = {{500, "InternalFailure", ErrorCode::kRetryable},
                                   {503, "", ErrorCode::kRetryable},
                                   {429, "", ErrorCode::kRetryable},
                                   {403, "OverLimit", ErrorCode::kRetryable},
                                   {400, "RequestThrottled", ErrorCode::kRetryable},
                                   {400, "QueueDoesNotExist", ErrorCode::kConfig},
                                   {403, "AccessDenied", ErrorCode::kConfig},
                                   {403, "SignatureDoesNotMatch", ErrorCode::kConfig},
                                   {302, "", ErrorCode::kConfig},
                                   {404, "", ErrorCode::kConfig},
                                   {400, "InvalidParameterValueException", ErrorCode::kRejected},
                                   {403, "PurgeQueueInProgress", ErrorCode::kRejected}};
  for (const Case& test : cases) {
    const Error error = ToError({"Op", "q", "r", "e"}, {test.status, test.code, ""});
    EXPECT_EQ(error.code, test.means) << test.status << " " << test.code;
  }
}

TEST(SqsError, AMissingQueueNamesWhereItWasLookedFor) {
  const Error error = ToError({"GetQueueUrl", "logins", "eu-west-1", "http://127.0.0.1:1"},
                              {400, "QueueDoesNotExist", ""});
  for (const char* part : {"logins", "eu-west-1", "http://127.0.0.1:1"}) {
    EXPECT_NE(error.message.find(part), std::string::npos) << part;
  }
  EXPECT_TRUE(error.hint.ends_with("bauta queue create logins")) << error.hint;
}

TEST(SqsError, AMissingQueueIsMadeByItsNameNotItsUrl) {
  const Error error =
      ToError({"ReceiveMessage", "http://127.0.0.1:1/000000000000/logins", "r", "e"},
              {400, "NonExistentQueue", ""});
  EXPECT_TRUE(error.hint.ends_with("bauta queue create logins")) << error.hint;
}

TEST(SqsError, ADeniedCallNamesTheActionToAllow) {
  const std::pair<const char*, const char*> cases[] = {
      {"ReceiveMessage", "sqs:ReceiveMessage"},
      {"DeleteMessageBatch", "sqs:DeleteMessage"},
      {"ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"},
      {"GetQueueAttributes", "sqs:GetQueueAttributes"}};
  for (const auto& [operation, action] : cases) {
    for (const char* code : {"AccessDenied", "AccessDeniedException"}) {
      const Error error = ToError({operation, "q", "r", "e"}, {403, code, ""});
      EXPECT_TRUE(IsDenied(error)) << operation;
      EXPECT_NE(error.message.find(std::string(action) + " "), std::string::npos) << error.message;
      EXPECT_NE(error.hint.find(std::string(action) + " "), std::string::npos) << error.hint;
    }
  }
}

TEST(SqsError, OnlyAMissingPermissionIsADenial) {
  for (const char* code : {"InvalidClientTokenId", "SignatureDoesNotMatch", "QueueDoesNotExist",
                           "InvalidParameterValue", "KmsAccessDenied", ""}) {
    EXPECT_FALSE(IsDenied(ToError({"ReceiveMessage", "q", "r", "e"}, {400, code, ""}))) << code;
  }
}

TEST(SqsError, AnEncryptedQueuesKeyIsNamed) {
  const Error error = ToError({"ReceiveMessage", "q", "r", "e"}, {400, "KmsAccessDenied", ""});
  EXPECT_EQ(error.code, ErrorCode::kConfig);
  EXPECT_NE(error.hint.find("kms:Decrypt"), std::string::npos);
}

TEST(SqsError, PassesWordsOnOnlyWhereTheyQuoteNothing) {
  FailedCall call{"Op", "q", "r", "e"};
  EXPECT_EQ(ToError(call, {400, "C", "secret"}).message.find("secret"), std::string::npos);
  call.quotes = false;
  EXPECT_NE(ToError(call, {400, "C", "the words"}).message.find("the words"), std::string::npos);
}

TEST(SqsError, SaysWhatThePaceOfTheNextTryHasToMind) {
  const struct {
    long status;
    std::string_view code, retry_after;
    Trouble trouble;
    int after;
  } kCases[] = {
      {500, "InternalFailure", "", Trouble::kFault, 0},
      {503, "", "1500", Trouble::kFault, 1500},
      {503, "SlowDown", "", Trouble::kThrottled, 0},
      {429, "", "soon", Trouble::kThrottled, 0},
      {400, "KmsThrottled", "-1", Trouble::kThrottled, 0},
      {400, "RequestTimeout", "99999999999", Trouble::kTimeout, 0},
      {408, "", "", Trouble::kTimeout, 0},
      {504, "", "", Trouble::kTimeout, 0},
  };
  for (const auto& c : kCases) {
    const Error error = ToError({"Op", "q", "r", "e"}, {c.status, c.code, "", c.retry_after});
    EXPECT_EQ(error.code, ErrorCode::kRetryable) << c.status << c.code;
    EXPECT_EQ(error.trouble, c.trouble) << c.status << c.code;
    EXPECT_EQ(error.retry_after.count(), c.after) << c.status << c.code;
  }
}

TEST(SqsError, ARedirectIsRefusedAndNamesTheHostAlone) {
  const Error error = ToError({"Op", "q", "r", "e"},
                              {307, "", "", "", "https://user:pw@sqs.example.com:1/path?token=1"});
  EXPECT_EQ(error.code, ErrorCode::kConfig);
  EXPECT_NE(error.message.find("redirected to sqs.example.com:1,"), std::string::npos);
  for (const char* part : {"path", "token", "pw"}) {
    EXPECT_EQ(error.message.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace bauta::aws
