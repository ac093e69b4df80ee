#include "aws/sqs_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace bauta::aws {
namespace {

using Codes = std::span<const std::string_view>;

constexpr std::array<std::string_view, 10> kThrottled = {"Throttling",
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
constexpr std::array<std::string_view, 14> kNotAllowed = {"AccessDenied",
                                                          "AccessDeniedException",
                                                          "InvalidClientTokenId",
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
                                                          "RequestExpired"};

bool Has(Codes codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string What(const FailedCall& call, long status, std::string_view code,
                 std::string_view message) {
  std::string text = fmt::format("SQS {}: {}", call.operation, status);
  if (!code.empty()) text += fmt::format(" {}", code);
  if (!call.quotes && !message.empty()) text += fmt::format(": {}", message.substr(0, 300));
  return text;
}

std::string Where(const FailedCall& call) {
  return fmt::format("(region {}, endpoint {})", call.region, call.endpoint);
}

// Of a queue's URL; a name stays what it is.
std::string_view NameOf(std::string_view queue) { return queue.substr(queue.rfind('/') + 1); }

}  // namespace

bool IsThrottling(std::string_view code) { return Has(kThrottled, code); }

bool MayBeClockSkew(std::string_view code) {
  constexpr std::array<std::string_view, 6> kSkew = {
      "RequestTimeTooSkewed",  "RequestExpired", "InvalidSignatureException",
      "SignatureDoesNotMatch", "AuthFailure",    "RequestInTheFuture"};
  return Has(kSkew, code);
}

Error ToError(const FailedCall& call, long status, std::string_view code,
              std::string_view message) {
  const std::string what = What(call, status, code, message);
  if (status >= 500 || status == 429 || IsThrottling(code) || Has(kTryAgain, code)) {
    return Retryable(what);
  }
  if (Has(kNoQueue, code)) {
    return ConfigError(
        fmt::format("queue '{}' does not exist {}", call.queue, Where(call)),
        fmt::format("check source.sqs.queue, region and endpoint, or make the queue: "
                    "bauta queue create {}",
                    NameOf(call.queue)));
  }
  if (Has(kNotAllowed, code) || status == 401) {
    return ConfigError(fmt::format("{} for queue '{}' {}", what, call.queue, Where(call)),
                       "check the AWS credentials and what they may do");
  }
  if (status >= 300 && status < 400) {
    return ConfigError(
        fmt::format("{}: redirected, and redirects are not followed {}", what, Where(call)));
  }
  if (code.empty()) {
    return ConfigError(fmt::format("{}: this does not look like SQS {}", what, Where(call)),
                       "check the endpoint's address and port");
  }
  return Rejected(what);
}

}  // namespace bauta::aws
