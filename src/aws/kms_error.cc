#include "aws/kms_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/sqs_error.h"
#include "base/text.h"

namespace bauta::aws {
namespace {

constexpr std::array<std::string_view, 4> kTryAgain = {"DependencyTimeoutException",
                                                       "KeyUnavailableException",
                                                       "KMSInternalException", "RequestTimeout"};
constexpr std::array<std::string_view, 2> kNotReady = {"DisabledException",
                                                       "KMSInvalidStateException"};
// What was wrapped by another key, in another context, or not at all.
constexpr std::array<std::string_view, 2> kNotTheirs = {"InvalidCiphertextException",
                                                        "IncorrectKeyException"};
constexpr std::array<std::string_view, 10> kNotBelieved = {"InvalidClientTokenId",
                                                           "UnrecognizedClientException",
                                                           "SignatureDoesNotMatch",
                                                           "InvalidSignatureException",
                                                           "IncompleteSignature",
                                                           "IncompleteSignatureException",
                                                           "ExpiredTokenException",
                                                           "MissingAuthenticationToken",
                                                           "MissingAuthenticationTokenException",
                                                           "NotAuthorized"};

template <class Codes>
bool Has(const Codes& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string Where(const KmsAsked& asked) {
  return fmt::format("(region {}, endpoint {})", asked.endpoint.region, asked.endpoint.url);
}

// KMS names keys, roles and actions in it: one line, and not for ever.
std::string Said(std::string_view message) {
  std::string said;
  for (const char c : message.substr(0, 400)) {
    said += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return said.empty() || !IsValidUtf8(said) ? "" : ": " + said;
}

}  // namespace

Error KmsError(const KmsAsked& asked, long status, std::string_view code,
               std::string_view message) {
  const std::string what =
      fmt::format("AWS KMS {}: {}{}{}", asked.operation, status, code.empty() ? "" : " ", code);
  if (status >= 500 || status == 408 || status == 429 || IsThrottling(code) ||
      Has(kTryAgain, code)) {
    Error error = Retryable(what, "KMS may answer again in a moment");
    if (status == 429 || IsThrottling(code)) error.trouble = Trouble::kThrottled;
    return error;
  }
  if (code == "AccessDeniedException" || code == "AccessDenied") {
    return ConfigError(
        fmt::format("{}: no permission for kms:{} with key {}{} {}", what, asked.operation,
                    asked.key_id, Said(message), Where(asked)),
        fmt::format("allow kms:{} on that key, for the encryption context {}, in the policy of "
                    "the identity and in the key's own; a key of another account or region looks "
                    "the same: docs/kms.md",
                    asked.operation, JsonObject(asked.context)));
  }
  if (code == "NotFoundException") {
    return ConfigError(
        fmt::format("{}: there is no KMS key {} {}", what, asked.key_id, Where(asked)),
        "name a key of this account and region; one of another account by its ARN");
  }
  if (Has(kNotReady, code)) {
    return ConfigError(
        fmt::format("{}: the KMS key {} cannot be used now{}", what, asked.key_id, Said(message)),
        "enable it in KMS, or cancel its deletion: nothing else unwraps what it "
        "wrapped");
  }
  if (Has(kNotTheirs, code)) {
    return ConfigError(fmt::format("{}: this is not what the KMS key {} wrapped in the context {}",
                                   what, asked.key_id, JsonObject(asked.context)),
                       "the file was changed, or is not the one of this id: restore it from its "
                       "backup");
  }
  if (code == "InvalidKeyUsageException") {
    return ConfigError(fmt::format("{}: the KMS key {} does not encrypt", what, asked.key_id),
                       "it takes a symmetric key for encryption and decryption");
  }
  if (Has(kNotBelieved, code) || status == 401) {
    return ConfigError(fmt::format("{} {}", what, Where(asked)),
                       "check the AWS credentials and what they may do");
  }
  if (code.empty()) {
    return ConfigError(fmt::format("{}: this does not look like KMS {}", what, Where(asked)),
                       "AWS_ENDPOINT_URL_KMS and AWS_ENDPOINT_URL name its address");
  }
  return ConfigError(fmt::format("{} with key {} {}", what, asked.key_id, Where(asked)));
}

}  // namespace bauta::aws
