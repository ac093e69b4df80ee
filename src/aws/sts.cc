#include "aws/sts.h"

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <optional>

#include "aws/answers.h"
#include "aws/clock_skew.h"
#include "aws/key_answer.h"
#include "aws/query_wire.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "aws/sqs_error.h"

namespace bauta::aws {
namespace {

// How patient a call is.
struct Patience {
  int attempts = 3;
  std::chrono::seconds timeout{10};
};

constexpr const char* kForm = "application/x-www-form-urlencoded; charset=utf-8";

using Answer = std::map<std::string, std::string>;

std::string Form(const std::string& action, const Parameters& parameters) {
  std::string form = "Action=" + action + "&Version=2011-06-15";
  for (const auto& [name, value] : parameters) {
    form += '&' + name + '=' + PercentEncode(value);
  }
  return form;
}

// One attempt after the other, until one is answered for good.
class StsCall {
 public:
  StsCall(const Endpoint& endpoint, std::string action, const Parameters& parameters,
          const Credentials* signer, Outside& outside, Patience patience = {})
      : endpoint_(endpoint),
        action_(std::move(action)),
        parameters_(parameters),
        signer_(signer),
        outside_(outside),
        patience_(patience) {}

  Result<Answer> Send() {
    for (int attempt = 1;; ++attempt) {
      Result<Answer> answer = Once();
      const bool again = !answer.ok() && answer.error().code == ErrorCode::kRetryable;
      if (!again || attempt == patience_.attempts ||
          !outside_.Pause(Backoff(attempt - 1, std::chrono::milliseconds(500))))
        return answer;
    }
  }

 private:
  Result<Answer> Once() {
    http::ClientRequest request;
    request.url = endpoint_.url + (PathOfUrl(endpoint_.url) == "/" ? "/" : "");
    request.timeout = patience_.timeout;
    request.body = Form(action_, parameters_);
    request.headers = {std::string("content-type: ") + kForm};
    if (signer_ != nullptr) Sign(request);
    const Result<http::ClientResponse> response = outside_.Send(std::move(request));
    if (!response.ok()) {
      return Error{response.error().code, Prefix() + response.error().message,
                   "AWS_ENDPOINT_URL_STS names another endpoint"};
    }
    Answer answer = FlatXml(response->body);
    if (response->status != 200) return Failure(*response, answer);
    if (answer.empty()) return Retryable(Prefix() + "its answer is no XML");
    return answer;
  }

  void Sign(http::ClientRequest& request) {
    const std::string date = AmzDate(outside_.clock().Now() + skew_.ahead());
    const std::string host = HostHeaderOfUrl(endpoint_.url);
    std::vector<Header> headers = {{"content-type", kForm}, {"host", host}, {"x-amz-date", date}};
    if (!signer_->session_token.empty()) {
      headers.push_back({"x-amz-security-token", signer_->session_token});
    }
    Signer signer(*signer_, endpoint_.region, "sts");
    request.headers.push_back(
        "Authorization: " +
        signer.Authorization("POST", PathOfUrl(request.url), headers, request.body, date));
    request.headers.push_back("x-amz-date: " + date);
    if (signer_->session_token.empty()) return;
    request.headers.push_back("x-amz-security-token: " + signer_->session_token);
  }

  Error Failure(const http::ClientResponse& response, const Answer& answer) {
    const auto get = [&](const char* name) {
      const auto at = answer.find(std::string("ErrorResponse/Error/") + name);
      return at == answer.end() ? std::string() : at->second;
    };
    const std::string code = TameCode(get("Code"));
    std::string text = Prefix() + std::to_string(response.status);
    if (!code.empty()) text += ' ' + code;
    if (const std::string said = get("Message"); !said.empty() && !QuotesSecret(said)) {
      text += ": " + said.substr(0, 300);
    }
    const bool skewed =
        MayBeClockSkew(code) && skew_.Correct(response.date, outside_.clock().Now());
    if (skewed || response.status >= 500 || response.status == 429 || IsThrottling(code) ||
        code == "IDPCommunicationError") {
      return Retryable(text);
    }
    if (action_ == "GetCallerIdentity" &&
        (MayBeOldCredentials(code) || code == "SignatureDoesNotMatch")) {
      return Rejected(text);
    }
    return ConfigError(text, code.empty() ? "this does not look like STS: check its endpoint" : "");
  }

  bool QuotesSecret(const std::string& said) const {
    for (const auto& [name, value] : parameters_) {
      if (name == "WebIdentityToken" && said.find(value.substr(0, 40)) != std::string::npos) {
        return true;
      }
    }
    if (signer_ == nullptr) return false;
    const std::string token = signer_->session_token.substr(0, 40);
    return said.find(signer_->secret_access_key) != std::string::npos ||
           (!token.empty() && said.find(token) != std::string::npos);
  }

  std::string Prefix() const { return fmt::format("STS {} at {}: ", action_, endpoint_.url); }

  const Endpoint& endpoint_;
  const std::string action_;
  const Parameters& parameters_;
  const Credentials* const signer_;
  Outside& outside_;
  const Patience patience_;
  ClockSkew skew_;
};

}  // namespace

Result<Credentials> FetchFromSts(const Endpoint& endpoint, const std::string& action,
                                 const Parameters& parameters, const Credentials* signer,
                                 Outside& outside) {
  const Answer answer = TRY(StsCall(endpoint, action, parameters, signer, outside).Send());
  const std::string prefix = action + "Response/" + action + "Result/Credentials/";
  Answer fields;
  for (const auto& [path, text] : answer) {
    if (path.starts_with(prefix)) fields.emplace(path.substr(prefix.size()), text);
  }
  return ReadKeys(fields, "SessionToken", "STS " + action);
}

Result<CallerIdentity> GetCallerIdentity(const Endpoint& endpoint, const Credentials& signer,
                                         Outside& outside) {
  const Answer answer =
      TRY(StsCall(endpoint, "GetCallerIdentity", {}, &signer, outside, {2, std::chrono::seconds(3)})
              .Send());
  const std::string prefix = "GetCallerIdentityResponse/GetCallerIdentityResult/";
  const auto arn = answer.find(prefix + "Arn"), account = answer.find(prefix + "Account");
  if (arn == answer.end() || account == answer.end()) {
    return ConfigError("STS GetCallerIdentity: its answer names nobody");
  }
  return CallerIdentity{arn->second, account->second};
}

bool IsSessionName(std::string_view name) {
  for (const char c : name) {
    const bool good = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                      std::string_view("=,.@_-+").find(c) != std::string_view::npos;
    if (!good) return false;
  }
  return name.size() >= 2 && name.size() <= 64;
}

}  // namespace bauta::aws
