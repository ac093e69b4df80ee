#include "aws/kms.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <span>
#include <utility>

#include "aws/answers.h"
#include "aws/key_answer.h"
#include "aws/kms_answer.h"
#include "aws/profile.h"
#include "aws/sigv4.h"
#include "aws/sqs_error.h"
#include "base/log.h"
#include "base/text.h"

namespace bauta::aws {
namespace {

constexpr int kAttempts = 3;
constexpr std::chrono::seconds kTimeout{10};
constexpr const char* kContentType = "application/x-amz-json-1.1";
constexpr std::size_t kKeySize = 32;
constexpr const char* kAwayHint =
    "AWS_ENDPOINT_URL_KMS names another endpoint; a VPC without internet needs one of its own for "
    "KMS: docs/kms.md";

// "com.amazonaws.kms#NotFoundException" -> "NotFoundException"
std::string CodeOf(std::string_view type) { return TameCode(type.substr(type.rfind('#') + 1)); }

Error Prefixed(const KmsAsked& asked, Error error) {
  error.message = fmt::format("AWS KMS {}: {}", asked.operation, error.message);
  return error;
}

}  // namespace

KmsClient::KmsClient(Environment environment, const Clock& clock)
    : environment_(environment), clock_(clock), outside_(std::move(environment), clock) {}

Result<DataKey> KmsClient::GenerateDataKey(const std::string& key_id,
                                           const EncryptionContext& context) {
  Endpoint endpoint = TRY(Prepare(key_id));
  Call call{{"GenerateDataKey", key_id, context, std::move(endpoint)}, {}};
  call.body = fmt::format(R"({{"KeyId":{},"EncryptionContext":{},"KeySpec":"AES_256"}})",
                          JsonString(key_id), JsonObject(context));
  std::string body = TRY(Send(call));
  Result<KmsAnswer> answer = ReadKmsAnswer(body);
  if (!answer.ok()) return Prefixed(call.asked, answer.error());
  const bool whole = answer->plaintext && answer->plaintext->size() == kKeySize &&
                     !answer->ciphertext_blob.empty() && !answer->key_id.empty();
  if (!whole) return Prefixed(call.asked, ConfigError("the answer holds no data key of 32 bytes"));
  return DataKey{std::move(*answer->plaintext), std::move(answer->ciphertext_blob),
                 std::move(answer->key_id)};
}

Result<crypto::SecretBytes> KmsClient::Decrypt(const std::string& key_id,
                                               const std::string& ciphertext_blob,
                                               const EncryptionContext& context) {
  Endpoint endpoint = TRY(Prepare(key_id));
  Call call{{"Decrypt", key_id, context, std::move(endpoint)}, {}};
  call.body = fmt::format(R"({{"KeyId":{},"CiphertextBlob":"{}","EncryptionContext":{}}})",
                          JsonString(key_id), Base64Encode(ciphertext_blob), JsonObject(context));
  std::string body = TRY(Send(call));
  Result<KmsAnswer> answer = ReadKmsAnswer(body);
  if (!answer.ok()) return Prefixed(call.asked, answer.error());
  if (!answer->plaintext) return Prefixed(call.asked, ConfigError("the answer holds no plaintext"));
  return std::move(*answer->plaintext);
}

// Where to, and with whose keys.
Result<Endpoint> KmsClient::Prepare(const std::string& key_id) {
  const Profiles profiles = Profiles::Load(environment_);
  Endpoint endpoint = TRY(ResolveKms(key_id, environment_, profiles.Chosen()));
  if (!keeper_) {
    Provider provider = TRY(FindProvider(endpoint, environment_, profiles));
    keeper_ = TRY(CredentialsKeeper::Open(std::move(provider), environment_, clock_));
  }
  return endpoint;
}

Result<std::string> KmsClient::Send(const Call& call) {
  Retry retry(quota_);
  for (int attempt = 1;; ++attempt) {
    Result<std::string> answer = Once(call);
    if (answer.ok()) return answer;
    const bool again = answer.error().code == ErrorCode::kRetryable && attempt < kAttempts;
    if (!again || !outside_.Pause(retry.Failed(answer.error()))) return answer;
  }
}

Result<std::string> KmsClient::Once(const Call& call) {
  Result<http::ClientResponse> response = outside_.Send(Signed(call));
  if (!response.ok()) {
    Error error = Prefixed(call.asked, response.error());
    if (error.hint.empty()) error.hint = kAwayHint;
    return error;
  }
  if (response->status != 200) return Failure(call, *response);
  return std::move(response->body);
}

http::ClientRequest KmsClient::Signed(const Call& call) const {
  const Endpoint& endpoint = call.asked.endpoint;
  const Credentials credentials = keeper_->current().credentials;
  const std::string date = AmzDate(clock_.Now() + skew_.ahead());
  const std::string host = HostHeaderOfUrl(endpoint.url);
  const std::string target = "TrentService." + call.asked.operation;
  std::array<Header, 5> all = {Header{"content-type", kContentType}, Header{"host", host},
                               Header{"x-amz-date", date}};
  std::size_t n = 3;
  if (!credentials.session_token.empty()) {
    all[n++] = {"x-amz-security-token", credentials.session_token};
  }
  all[n++] = {"x-amz-target", target};

  http::ClientRequest request;
  request.url = endpoint.url + (PathOfUrl(endpoint.url) == "/" ? "/" : "");
  request.timeout = kTimeout;
  request.body = call.body;
  Signer signer(credentials, endpoint.region, "kms");
  request.headers.push_back("Authorization: " + signer.Authorization("POST", PathOfUrl(request.url),
                                                                     std::span(all).first(n),
                                                                     request.body, date));
  for (std::size_t i = 0; i < n; ++i) {
    if (all[i].name == "host") continue;  // curl writes it.
    request.headers.push_back(fmt::format("{}: {}", all[i].name, all[i].value));
  }
  return request;
}

Error KmsClient::Failure(const Call& call, const http::ClientResponse& response) {
  auto fields = FlatJson(response.body);
  const auto get = [&](const char* name) { return fields ? (*fields)[name] : std::string(); };
  const std::string code = CodeOf(get("__type"));
  const std::string message = get("message").empty() ? get("Message") : get("message");
  if (MayBeClockSkew(code) && skew_.Correct(response.date, clock_.Now())) {
    log::Warn("aws", "our clock differs from AWS's; requests are signed with theirs",
              {{"seconds", skew_.ahead().count()}});
    return Retryable(fmt::format("AWS KMS {}: {}; our clock is off and is now corrected",
                                 call.asked.operation, code));
  }
  Error error = KmsError(call.asked, response.status, code, message);
  if (MayBeOldCredentials(code)) error.message += "; credentials: " + keeper_->source();
  return error;
}

}  // namespace bauta::aws
