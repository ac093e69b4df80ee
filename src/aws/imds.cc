#include "aws/imds.h"

#include <fmt/format.h>

#include <utility>

#include "aws/key_answer.h"
#include "base/text.h"

namespace bauta::aws {
namespace {

constexpr const char* kFrom = "EC2 instance metadata";
constexpr const char* kRolePath = "/latest/meta-data/iam/security-credentials/";
constexpr const char* kHopHint =
    "in a container the instance's metadata hop limit must be 2; outside EC2 set "
    "AWS_EC2_METADATA_DISABLED=true";

class Metadata {
 public:
  Metadata(std::string url, bool version_1, Outside& outside)
      : url_(std::move(url)), version_1_(version_1), outside_(outside) {}

  Result<Credentials> Fetch() {
    TRY(GetToken());
    const std::string role = TRY(GetText(kRolePath));
    const std::string_view first = TrimAscii(std::string_view(role).substr(0, role.find('\n')));
    if (first.empty() || !IsPlain(first) || first.find_first_of("/?#") != std::string::npos) {
      return ConfigError(std::string(kFrom) + ": it names no role",
                         "give the instance a role (instance profile)");
    }
    return Read(TRY(GetText(kRolePath + std::string(first))));
  }

 private:
  Result<http::ClientResponse> Send(http::Method method, const std::string& path,
                                    std::vector<std::string> headers) {
    http::ClientRequest request;
    request.method = method;
    request.url = url_ + path;
    request.headers = std::move(headers);
    request.timeout = std::chrono::seconds(1);
    request.direct = true;
    Result<http::ClientResponse> response = outside_.Send(std::move(request));
    if (response.ok()) return response;
    Error error = response.error();
    error.message = std::string(kFrom) + ": " + error.message;
    error.hint = kHopHint;
    return error;
  }

  Result<> GetToken() {
    const http::ClientResponse response = TRY(Send(
        http::Method::kPut, "/latest/api/token", {"x-aws-ec2-metadata-token-ttl-seconds: 21600"}));
    const long status = response.status;
    if (status == 200 && !response.body.empty() && IsPlain(response.body)) {
      token_ = response.body;
      return Ok();
    }
    if (status != 403 && status != 404 && status != 405) return Refused(status);
    if (version_1_) return Ok();
    return ConfigError(fmt::format("{}: no token ({}), and version 1 is disabled", kFrom, status),
                       "AWS_EC2_METADATA_V1_DISABLED forbids it");
  }

  Result<std::string> GetText(const std::string& path) {
    std::vector<std::string> headers;
    if (!token_.empty()) headers.push_back("x-aws-ec2-metadata-token: " + token_);
    http::ClientResponse response = TRY(Send(http::Method::kGet, path, std::move(headers)));
    if (response.status == 404 && path == kRolePath) {
      return ConfigError(std::string(kFrom) + ": this instance has no role",
                         "give the instance a role (instance profile)");
    }
    if (response.status != 200) return Refused(response.status);
    return std::move(response.body);
  }

  static Error Refused(long status) {
    // Also a 200 without a token: whatever answers, it may be itself again later.
    return Retryable(fmt::format("{}: answered {}", kFrom, status), kHopHint);
  }

  static Result<Credentials> Read(const std::string& body) {
    const auto fields = FlatJson(body);
    // It is known to answer with half a document while it starts.
    if (!fields) return Retryable(std::string(kFrom) + ": its answer is no JSON object");
    const auto code = fields->find("Code");
    if (code != fields->end() && code->second != "Success") {
      const bool plain = IsPlain(code->second) && code->second.size() < 80;
      return ConfigError(fmt::format("{}: {}", kFrom, plain ? code->second : "an error"),
                         "EC2 could not take up the instance's role: see its trust policy");
    }
    return ReadKeys(*fields, "Token", kFrom);
  }

  const std::string url_;
  const bool version_1_;
  Outside& outside_;
  std::string token_;
};

Result<std::string> MetadataUrl(const Environment& environment, const Profile& profile) {
  auto url = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (!url) url = profile.Get("ec2_metadata_service_endpoint");
  if (url) {
    while (url->ends_with('/')) url->pop_back();
    const bool good = IsQueueUrl(*url) && IsPlain(*url) && !HostOfUrl(*url).empty();
    if (!good || url->find_first_of("?#@") != std::string::npos) {
      return ConfigError("AWS_EC2_METADATA_SERVICE_ENDPOINT is no http:// URL");
    }
    return *url;
  }
  auto mode = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  if (!mode) mode = profile.Get("ec2_metadata_service_endpoint_mode");
  std::string text = mode.value_or("ipv4");
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (text == "ipv6") return std::string("http://[fd00:ec2::254]");
  if (text == "ipv4") return std::string("http://169.254.169.254");
  return ConfigError("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither IPv4 nor IPv6");
}

}  // namespace

Result<Provider> Imds(const Environment& environment, const Profile& profile) {
  if (IsSet(environment, profile, "AWS_EC2_METADATA_DISABLED", "")) {
    return ConfigError("AWS_EC2_METADATA_DISABLED is set");
  }
  const std::string url = TRY(MetadataUrl(environment, profile));
  const bool version_1 =
      !IsSet(environment, profile, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled");
  Provider provider;
  provider.source = "EC2 instance metadata at " + url;
  provider.may_be_stale = true;
  provider.fetch = [url, version_1](Outside& outside) {
    return Metadata(url, version_1, outside).Fetch();
  };
  return provider;
}

}  // namespace bauta::aws
