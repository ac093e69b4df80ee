#include "aws/sqs_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <span>

#include "aws/credentials.h"

namespace bauta::aws {
namespace {

using Codes = std::span<const std::string_view>;

constexpr std::array<std::string_view, 13> kThrottled = {"Throttling",
                                                         "RequestThrottledByService",
                                                         "EC2ThrottledException",
                                                         "BandwidthLimitExceeded",
                                                         "ThrottlingException",
                                                         "ThrottledException",
                                                         "RequestThrottled",
                                                         "SlowDown",
                                                         "RequestThrottledException",
                                                         "KmsThrottled",
                                                         "OverLimit",
                                                         "TooManyRequestsException",
                                                         "RequestLimitExceeded"};
constexpr std::array<std::string_view, 3> kTryAgain = {"RequestTimeout", "PriorRequestNotComplete",
                                                       "InternalFailure"};
constexpr std::array<std::string_view, 3> kNoQueue = {"QueueDoesNotExist", "NonExistentQueue",
                                                      "QueueDeletedRecently"};
constexpr std::array<std::string_view, 2> kDenied = {"AccessDenied", "AccessDeniedException"};
// Those with which SQS says that it may not use the key of an encrypted queue on our behalf.
constexpr std::array<std::string_view, 5> kKeyRefused = {
    "KmsAccessDenied", "KmsDisabled", "KmsInvalidKeyUsage", "KmsInvalidState", "KmsNotFound"};
constexpr std::array<std::string_view, 15> kNotBelieved = {"InvalidClientTokenId",
                                                           "UnrecognizedClientException",
                                                           "SignatureDoesNotMatch",
                                                           "InvalidSignatureException",
                                                           "IncompleteSignature",
                                                           "IncompleteSignatureException",
                                                           "ExpiredToken",
                                                           "ExpiredTokenException",
                                                           "MissingAuthenticationToken",
                                                           "MissingAuthenticationTokenException",
                                                           "InvalidSecurity",
                                                           "RequestExpired",
                                                           "RequestTimeTooSkewed",
                                                           "RequestInTheFuture",
                                                           "AuthFailure"};

constexpr std::string_view kAllow = "allow the action";

bool Has(Codes codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string What(const FailedCall& call, const FailedAnswer& answer) {
  std::string text = fmt::format("SQS {}: {}", call.operation, answer.status);
  if (!answer.code.empty()) text += fmt::format(" {}", answer.code);
  if (!call.quotes && !answer.message.empty()) {
    text += fmt::format(": {}", answer.message.substr(0, 300));
  }
  return text;
}

std::string Where(const FailedCall& call) {
  return fmt::format("(region {}, endpoint {})", call.region, call.endpoint);
}

Trouble TroubleOf(long status, std::string_view code) {
  if (status == 429 || IsThrottling(code)) return Trouble::kThrottled;
  return status == 408 || status == 504 || code == "RequestTimeout" ? Trouble::kTimeout
                                                                    : Trouble::kFault;
}

// Of a redirect: what follows may hold a token.
std::string HostWithoutUser(std::string_view location) {
  const std::string host = IsQueueUrl(location) ? HostOfUrl(location) : "";
  return host.empty() ? "nowhere" : host.substr(host.rfind('@') + 1);
}

// 0 if it is no number.
std::chrono::milliseconds Milliseconds(std::string_view text) {
  std::uint32_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return std::chrono::milliseconds(n);
}

// Of a queue's URL; a name stays what it is.
std::string_view NameOf(std::string_view queue) { return queue.substr(queue.rfind('/') + 1); }

}  // namespace

std::string IamAction(std::string_view operation) {
  if (operation.ends_with("Batch")) operation.remove_suffix(5);
  return fmt::format("sqs:{}", operation);
}

bool IsDenied(const Error& error) {
  return error.code == ErrorCode::kConfig && error.hint.starts_with(kAllow);
}

bool IsThrottling(std::string_view code) { return Has(kThrottled, code); }

bool MayBeOldCredentials(std::string_view code) {
  constexpr std::array<std::string_view, 5> kOld = {"ExpiredToken", "ExpiredTokenException",
                                                    "InvalidClientTokenId", "UnrecognizedClient",
                                                    "UnrecognizedClientException"};
  return Has(kOld, code);
}

bool MayBeClockSkew(std::string_view code) {
  constexpr std::array<std::string_view, 6> kSkew = {
      "RequestTimeTooSkewed",  "RequestExpired", "InvalidSignatureException",
      "SignatureDoesNotMatch", "AuthFailure",    "RequestInTheFuture"};
  return Has(kSkew, code);
}

Error ToError(const FailedCall& call, const FailedAnswer& answer) {
  const std::string what = What(call, answer);
  const auto& [status, code, message, retry_after, location] = answer;
  if (status >= 500 || status == 408 || status == 429 || IsThrottling(code) ||
      Has(kTryAgain, code)) {
    Error error = Retryable(what);
    error.trouble = TroubleOf(status, code);
    error.retry_after = Milliseconds(retry_after);
    return error;
  }
  if (Has(kNoQueue, code)) {
    return ConfigError(
        fmt::format("queue '{}' does not exist {}", call.queue, Where(call)),
        fmt::format("check source.sqs.queue, region and endpoint, or make the queue: "
                    "bauta queue create {}",
                    NameOf(call.queue)));
  }
  if (Has(kDenied, code)) {
    const std::string action = IamAction(call.operation);
    return ConfigError(
        fmt::format("{}: no permission for {} on queue '{}' {}", what, action, call.queue,
                    Where(call)),
        fmt::format("{} {} on the queue: in the policy of the identity, of a queue of another "
                    "account also in the queue's own, and of a VPC endpoint if there is one: "
                    "docs/aws.md",
                    kAllow, action));
  }
  if (Has(kKeyRefused, code)) {
    return ConfigError(fmt::format("{} for queue '{}' {}", what, call.queue, Where(call)),
                       "allow kms:Decrypt on the queue's KMS key, for sending also "
                       "kms:GenerateDataKey, and see that the key is enabled: docs/aws.md");
  }
  if (Has(kNotBelieved, code) || status == 401) {
    return ConfigError(fmt::format("{} for queue '{}' {}", what, call.queue, Where(call)),
                       "check the AWS credentials and what they may do");
  }
  if (status >= 300 && status < 400) {
    return ConfigError(fmt::format("{}: redirected to {}, and redirects are not followed {}", what,
                                   HostWithoutUser(location), Where(call)),
                       "name the address that answers: source.sqs.endpoint");
  }
  if (code.empty()) {
    return ConfigError(fmt::format("{}: this does not look like SQS {}", what, Where(call)),
                       "check the endpoint's address and port");
  }
  return Rejected(what);
}

}  // namespace bauta::aws
