#include "aws/web_identity.h"

#include <fmt/format.h>

#include <utility>

#include "aws/sts.h"
#include "base/text.h"

namespace bauta::aws {
namespace {

std::optional<std::string> Get(const Environment& environment, const Profile& profile,
                               Variables variables, const char* variable, const char* setting) {
  if (variables == Variables::kRead) {
    if (auto value = environment.variable(variable)) return value;
  }
  return profile.Get(setting);
}

std::optional<std::string> TokenFile(const Environment& environment, const Profile& profile,
                                     Variables variables) {
  return Get(environment, profile, variables, "AWS_WEB_IDENTITY_TOKEN_FILE",
             "web_identity_token_file");
}

Result<std::string> ReadToken(const Environment& environment, const std::string& path) {
  const auto text = environment.read_file(path);
  if (!text) {
    return ConfigError("web identity: cannot read the token file " + path,
                       "AWS_WEB_IDENTITY_TOKEN_FILE or the profile's web_identity_token_file names "
                       "it; in Kubernetes it is mounted for the pod's service account");
  }
  std::string token(TrimAscii(*text));
  if (token.empty()) return ConfigError("web identity: the token file " + path + " is empty");
  return token;
}

}  // namespace

bool HasWebIdentity(const Environment& environment, const Profile& profile, Variables variables) {
  return TokenFile(environment, profile, variables).has_value();
}

Result<Provider> WebIdentity(const std::string& region, const Environment& environment,
                             const Profile& profile, Variables variables) {
  const std::string file = TokenFile(environment, profile, variables).value_or("");
  const auto role = Get(environment, profile, variables, "AWS_ROLE_ARN", "role_arn");
  if (!role) {
    return ConfigError("web identity: the token file " + file + " is named, but no role",
                       "set AWS_ROLE_ARN, or role_arn in the profile");
  }
  const std::string session =
      Get(environment, profile, variables, "AWS_ROLE_SESSION_NAME", "role_session_name")
          .value_or("bauta");
  if (!IsSessionName(session)) {
    return ConfigError("web identity: the session name is not one that STS takes",
                       "AWS_ROLE_SESSION_NAME: 2 to 64 letters, digits and =,.@_-");
  }
  const Endpoint sts = TRY(ResolveService(Service::kSts, region, environment, profile));

  Provider provider;
  provider.source = fmt::format("web identity, role {}, token file {}", *role, file);
  provider.fetch = [sts, file, role = *role, session](Outside& outside) -> Result<Credentials> {
    const std::string token = TRY(ReadToken(outside.environment(), file));
    const Parameters parameters = {
        {"RoleArn", role}, {"RoleSessionName", session}, {"WebIdentityToken", token}};
    return FetchFromSts(sts, "AssumeRoleWithWebIdentity", parameters, nullptr, outside);
  };
  return provider;
}

}  // namespace bauta::aws
