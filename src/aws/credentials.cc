#include "aws/credentials.h"

#include <array>
#include <atomic>

#include "base/log.h"

namespace bauta::aws {
namespace {

std::string_view WithoutScheme(std::string_view url) {
  const std::size_t at = url.find("://");
  return at == std::string_view::npos ? url : url.substr(at + 3);
}

std::string Origin(std::string_view url) {
  return std::string(url.substr(0, url.find("://") + 3)) + HostOfUrl(url);
}

bool IsAwsHost(std::string_view host) {
  host = host.substr(0, host.find(':'));
  constexpr std::array<std::string_view, 4> kSuffixes = {".amazonaws.com", ".amazonaws.com.cn",
                                                         ".api.aws", ".amazonaws.eu"};
  for (const std::string_view suffix : kSuffixes) {
    if (host.ends_with(suffix)) return true;
  }
  return false;
}

bool LooksLikeRegion(std::string_view label) {
  // eu-west-1, us-gov-east-1, eusc-de-east-1
  return label.size() > 6 && label.find('-') != std::string_view::npos && label.back() >= '0' &&
         label.back() <= '9';
}

bool IsTrue(const std::optional<std::string>& value) { return value == "true" || value == "True"; }

std::optional<std::string> ConfiguredEndpoint(const Wishes& wishes, const Environment& environment,
                                              const Profile& profile) {
  if (wishes.endpoint && !wishes.endpoint->empty()) return wishes.endpoint;
  if (IsTrue(environment.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) return std::nullopt;
  if (auto url = environment.variable("AWS_ENDPOINT_URL_SQS")) return url;
  if (auto url = environment.variable("AWS_ENDPOINT_URL")) return url;
  const auto service = profile.sqs.find("endpoint_url");
  if (service != profile.sqs.end()) return service->second;
  return profile.Get("endpoint_url");
}

std::optional<std::string> ConfiguredRegion(const Wishes& wishes, const Environment& environment,
                                            const Profile& profile) {
  if (wishes.region && !wishes.region->empty()) return wishes.region;
  if (auto region = environment.variable("AWS_REGION")) return region;
  if (auto region = environment.variable("AWS_DEFAULT_REGION")) return region;
  return profile.Get("region");
}

std::string RegionalUrl(const std::string& region) {
  const bool china = region.starts_with("cn-");
  return "https://sqs." + region + (china ? ".amazonaws.com.cn" : ".amazonaws.com");
}

std::string WithoutTrailingSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

bool IsPlain(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) return false;
  }
  return true;
}

Result<Credentials> Checked(Credentials credentials, const std::string& from) {
  if (credentials.secret_access_key.empty()) {
    return ConfigError("AWS credentials: " + from + " has an access key id without its secret");
  }
  if (!IsPlain(credentials.access_key_id) || !IsPlain(credentials.session_token)) {
    return ConfigError("AWS credentials: " + from + " holds white space inside a key");
  }
  return credentials;
}

std::optional<Error> Unsupported(const Profile& profile) {
  for (const char* setting : {"role_arn", "sso_session", "sso_start_url", "credential_process"}) {
    if (!profile.Get(setting)) continue;
    return ConfigError(
        "AWS profile '" + profile.name + "' uses " + setting + ", which Bauta cannot follow",
        "eval \"$(aws configure export-credentials --profile " + profile.name +
            " --format env)\" puts the keys into the environment");
  }
  return std::nullopt;
}

}  // namespace

bool IsQueueUrl(std::string_view queue) {
  return queue.starts_with("http://") || queue.starts_with("https://");
}

std::string QueueName(std::string_view queue) {
  while (queue.ends_with('/')) queue.remove_suffix(1);
  return std::string(queue.substr(queue.rfind('/') + 1));
}

std::string HostOfUrl(std::string_view url) {
  url = WithoutScheme(url);
  return std::string(url.substr(0, url.find_first_of("/?#")));
}

std::string PathOfUrl(std::string_view url) {
  url = WithoutScheme(url);
  const std::size_t slash = url.find('/');
  return slash == std::string_view::npos ? "/" : std::string(url.substr(slash));
}

std::optional<std::string> RegionOfHost(std::string_view host) {
  if (!IsAwsHost(host)) return std::nullopt;
  if (host.substr(0, host.find(':')) == "queue.amazonaws.com") return "us-east-1";
  while (!host.empty()) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (LooksLikeRegion(label) && !label.starts_with("vpce-")) return std::string(label);
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

Result<Endpoint> ResolveEndpoint(const Wishes& wishes, const Environment& environment,
                                 const Profile& profile) {
  Endpoint endpoint;
  std::optional<std::string> url = ConfiguredEndpoint(wishes, environment, profile);
  std::optional<std::string> region = ConfiguredRegion(wishes, environment, profile);
  if (!url && IsQueueUrl(wishes.queue)) url = Origin(wishes.queue);
  if (url) {
    if (!IsQueueUrl(*url) || HostOfUrl(*url).empty() || !IsPlain(*url) ||
        url->find_first_of("?#@") != std::string::npos) {
      return ConfigError("the SQS endpoint is no http:// or https:// URL",
                         "endpoint, AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL must look like "
                         "http://127.0.0.1:4566");
    }
    endpoint.url = WithoutTrailingSlash(*url);
    const std::string host = HostOfUrl(endpoint.url);
    endpoint.aws = IsAwsHost(host);
    if (endpoint.aws && endpoint.url.starts_with("http://")) {
      return ConfigError("the SQS endpoint is AWS's, but over http:// all would travel in clear",
                         "write https://" + host.substr(0, host.find(':')));
    }
    // Amazon refuses a signature for another region than the endpoint's.
    if (auto of_host = RegionOfHost(host)) region = of_host;
    if (!region && !endpoint.aws) region = "us-east-1";
  }
  if (!region) {
    return ConfigError("no AWS region is set",
                       "set AWS_REGION or source.sqs.region, or name an endpoint");
  }
  if (!IsPlain(*region)) return ConfigError("the AWS region holds white space");
  endpoint.region = *region;
  if (!url) {
    endpoint.url = RegionalUrl(*region);
    endpoint.aws = true;
  }
  return endpoint;
}

Result<Credentials> ResolveCredentials(const Endpoint& endpoint, const Environment& environment,
                                       const Profile& profile) {
  const auto key = environment.variable("AWS_ACCESS_KEY_ID");
  if (key) {
    return Checked({*key, environment.variable("AWS_SECRET_ACCESS_KEY").value_or(""),
                    environment.variable("AWS_SESSION_TOKEN").value_or("")},
                   "the environment");
  }
  if (const auto id = profile.Get("aws_access_key_id")) {
    return Checked({*id, profile.Get("aws_secret_access_key").value_or(""),
                    profile.Get("aws_session_token").value_or("")},
                   "profile '" + profile.name + "'");
  }
  if (const auto error = Unsupported(profile)) return *error;
  if (profile.explicit_ && !profile.found) {
    return ConfigError("AWS profile '" + profile.name + "' is in neither of the shared files",
                       "AWS_PROFILE names it; see AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE");
  }
  if (endpoint.aws) {
    return ConfigError("no AWS credentials",
                       "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`");
  }
  static std::atomic<bool> said = false;
  if (!said.exchange(true)) {
    log::Info("aws", "no credentials found; signing as test/test, since this is not AWS",
              {{"endpoint", endpoint.url}});
  }
  return Credentials{"test", "test", ""};
}

}  // namespace bauta::aws
