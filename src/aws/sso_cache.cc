#include "aws/sso_cache.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "aws/key_answer.h"
#include "aws/query_wire.h"
#include "crypto/digest.h"

namespace bauta::aws {
namespace {

// What a portal is asked for.
struct Login {
  std::string profile;
  std::string cache_file;
  std::string account, role;
  Endpoint portal;

  std::string from() const { return "SSO, AWS profile '" + profile + "'"; }
  std::string hint() const { return "aws sso login --profile " + profile; }
};

Result<std::string> ReadToken(const Login& login, Outside& outside) {
  const auto text = outside.environment().read_file(login.cache_file);
  if (!text) return ConfigError(login.from() + ": not logged in", login.hint());
  const auto fields = FlatJson(*text);
  const auto get = [&](const char* name) {
    if (!fields || !fields->contains(name)) return std::string();
    return fields->at(name);
  };
  const std::string token = get("accessToken");
  const auto expires = ParseTime(get("expiresAt"));
  if (token.empty() || !IsPlain(token) || !expires) {
    return ConfigError(login.from() + ": the cached token cannot be read", login.hint());
  }
  if (*expires <= outside.clock().Now()) {
    return ConfigError(login.from() + ": the login has expired", login.hint());
  }
  return token;
}

Result<Credentials> Read(const std::string& body, const std::string& from) {
  const auto fields = FlatJson(body);
  if (!fields) return ConfigError(from + ": the portal's answer is no JSON object");
  std::map<std::string, std::string> keys;
  for (const auto& [theirs, ours] :
       {std::pair("accessKeyId", "AccessKeyId"), std::pair("secretAccessKey", "SecretAccessKey"),
        std::pair("sessionToken", "SessionToken")}) {
    const auto at = fields->find(std::string("roleCredentials.") + theirs);
    if (at != fields->end()) keys[ours] = at->second;
  }
  Credentials credentials = TRY(ReadKeys(keys, "SessionToken", from));
  const auto at = fields->find("roleCredentials.expiration");
  std::int64_t ms = 0;
  if (at != fields->end()) {
    std::from_chars(at->second.data(), at->second.data() + at->second.size(), ms);
  }
  if (ms <= 0) return ConfigError(from + ": the portal's answer has no expiration");
  credentials.expires = WallTime(std::chrono::milliseconds(ms));
  return credentials;
}

Result<Credentials> Fetch(const Login& login, Outside& outside) {
  const std::string token = TRY(ReadToken(login, outside));
  http::ClientRequest request;
  request.method = http::Method::kGet;
  request.url =
      fmt::format("{}/federation/credentials?role_name={}&account_id={}", login.portal.url,
                  PercentEncode(login.role), PercentEncode(login.account));
  request.headers = {"x-amz-sso_bearer_token: " + token};
  request.timeout = std::chrono::seconds(10);
  const Result<http::ClientResponse> response = outside.Send(std::move(request));
  if (!response.ok()) {
    return Error{response.error().code, login.from() + ": " + response.error().message};
  }
  const long status = response->status;
  if (status == 200) return Read(response->body, login.from());
  const std::string text = fmt::format("{}: the portal answered {}", login.from(), status);
  if (status >= 500 || status == 429) return Retryable(text);
  if (status == 401) return ConfigError(text + ": the login is no longer good", login.hint());
  return ConfigError(
      text, fmt::format("account {} must give you the role {}", login.account, login.role));
}

// A setting of the profile, or of the session that it names, or of both alike.
Result<std::string> Required(const Profile& profile, const Settings& session, const char* name) {
  const auto own = profile.Get(name);
  const auto at = session.find(name);
  const std::string theirs = at == session.end() ? "" : at->second;
  if (own && !theirs.empty() && *own != theirs) {
    return ConfigError(
        fmt::format("AWS profile '{}': its {} is not that of its sso_session", profile.name, name));
  }
  const std::string value = own.value_or(theirs);
  if (!value.empty()) return value;
  return ConfigError(fmt::format("AWS profile '{}' uses SSO, but has no {}", profile.name, name));
}

}  // namespace

bool HasSso(const Profile& profile) {
  return profile.Get("sso_account_id") || profile.Get("sso_role_name");
}

Result<Provider> Sso(const Environment& environment, const Profiles& profiles,
                     const Profile& profile) {
  const auto session_name = profile.Get("sso_session");
  Settings session;
  if (session_name) {
    const auto found = profiles.SsoSession(*session_name);
    if (!found) {
      return ConfigError(fmt::format("AWS profile '{}': there is no [sso-session {}]", profile.name,
                                     *session_name));
    }
    session = *found;
  }
  Login login;
  login.profile = profile.name;
  login.account = TRY(Required(profile, session, "sso_account_id"));
  login.role = TRY(Required(profile, session, "sso_role_name"));
  const std::string start_url = TRY(Required(profile, session, "sso_start_url"));
  const std::string region = TRY(Required(profile, session, "sso_region"));
  login.portal = TRY(ResolveService(Service::kSsoPortal, region, environment, profile));
  login.cache_file = environment.variable("HOME").value_or("") + "/.aws/sso/cache/" +
                     crypto::Sha1Hex(session_name.value_or(start_url)) + ".json";
  Provider provider;
  provider.source = fmt::format("SSO, profile '{}', account {}, role {}", login.profile,
                                login.account, login.role);
  provider.fetch = [login](Outside& outside) { return Fetch(login, outside); };
  return provider;
}

}  // namespace bauta::aws
