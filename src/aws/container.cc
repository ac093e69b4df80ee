#include "aws/container.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <utility>

#include "aws/key_answer.h"

namespace bauta::aws {
namespace {

constexpr const char* kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr const char* kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr const char* kFrom = "the container's credentials endpoint";
constexpr int kAttempts = 3;

// "[::1]:80" -> "::1"
std::string WithoutPort(const std::string& host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

// Addresses are read as such, so that "127.0.0.1.example.com" is none.
bool MayTravelInClear(const std::string& url) {
  const std::string host = WithoutPort(HostOfUrl(url));
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    const bool loopback = ntohl(v4.s_addr) >> 24 == 127;
    return loopback || host == "169.254.170.2" || host == "169.254.170.23";
  }
  in6_addr v6{}, eks{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  inet_pton(AF_INET6, "fd00:ec2::23", &eks);
  return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_ARE_ADDR_EQUAL(&v6, &eks);
}

Result<std::string> AuthorizationToken(const Environment& environment) {
  std::string token, from;
  if (const auto path = environment.variable(kTokenFile)) {
    const auto text = environment.read_file(*path);
    if (!text) {
      return ConfigError(fmt::format("{}: cannot read the token file {}", kFrom, *path),
                         fmt::format("{} names it", kTokenFile));
    }
    token = *text;
    from = "the token file " + *path;
  } else {
    token = environment.variable(kToken).value_or("");
    from = kToken;
  }
  for (const char c : token) {
    if (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) continue;
    return ConfigError(
        fmt::format("{}: {} holds a line break or another character that no header "
                    "may hold",
                    kFrom, from));
  }
  return token;
}

Result<Credentials> Once(const std::string& url, Outside& outside) {
  const std::string token = TRY(AuthorizationToken(outside.environment()));
  http::ClientRequest request;
  request.method = http::Method::kGet;
  request.url = url;
  request.headers = {"Accept: application/json"};
  if (!token.empty()) request.headers.push_back("Authorization: " + token);
  request.timeout = std::chrono::seconds(2);
  request.direct = MayTravelInClear(url);
  const Result<http::ClientResponse> response = outside.Send(std::move(request));
  if (!response.ok()) {
    return Error{response.error().code, std::string(kFrom) + ": " + response.error().message};
  }
  const long status = response->status;
  if (status == 200) return ReadJsonKeys(response->body, "Token", kFrom);
  const std::string text = fmt::format("{}: {} answered {}", kFrom, HostOfUrl(url), status);
  if (status >= 500 || status == 429) return Retryable(text);
  return ConfigError(text,
                     "see the role of the task, or the pod identity association of the pod's "
                     "service account");
}

}  // namespace

bool HasContainer(const Environment& environment) {
  return environment.variable(kRelative) || environment.variable(kFull);
}

Result<std::string> ContainerUrl(const Environment& environment) {
  if (const auto path = environment.variable(kRelative)) {
    if (!path->starts_with('/') || !IsPlain(*path)) {
      return ConfigError(std::string(kRelative) + " is no path that begins with /");
    }
    return "http://169.254.170.2" + *path;
  }
  const std::string url = environment.variable(kFull).value_or("");
  const std::string host = HostOfUrl(url);
  if (!IsQueueUrl(url) || !IsPlain(url) || host.empty() || host.find('@') != std::string::npos) {
    return ConfigError(std::string(kFull) + " is no http:// or https:// URL");
  }
  if (url.starts_with("http://") && !MayTravelInClear(url)) {
    return ConfigError(
        fmt::format("{} names {}, which may not be asked for keys over http://", kFull, host),
        "only this machine, 169.254.170.2, 169.254.170.23 and [fd00:ec2::23] may; "
        "else use https://");
  }
  return url;
}

Result<Provider> Container(const Environment& environment) {
  const std::string url = TRY(ContainerUrl(environment));
  Provider provider;
  // Its path may be the secret.
  provider.source = fmt::format("{} at {}", kFrom, HostOfUrl(url));
  if (const auto file = environment.variable(kTokenFile))
    provider.source += ", token file " + *file;
  provider.fetch = [url](Outside& outside) {
    for (int attempt = 1;; ++attempt) {
      Result<Credentials> got = Once(url, outside);
      const bool again = !got.ok() && got.error().code == ErrorCode::kRetryable;
      if (!again || attempt == kAttempts || !outside.Pause(std::chrono::seconds(1))) return got;
    }
  };
  return provider;
}

}  // namespace bauta::aws
