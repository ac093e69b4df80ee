#include "aws/profile_keys.h"

#include <utility>

#include "aws/process_credentials.h"
#include "aws/sso_cache.h"
#include "aws/web_identity.h"

namespace bauta::aws {
namespace {

using Found = std::optional<Provider>;

// The file is read anew each time: other tools write keys into it.
Provider FileKeys(const Profile& profile) {
  Provider provider;
  provider.source =
      std::string(profile.keys_in_credentials ? "shared credentials file" : "shared config file") +
      ", profile '" + profile.name + "'";
  provider.fetch = [name = profile.name](Outside& outside) {
    const Profile now = Profiles::Load(outside.environment()).Get(name);
    return Checked({now.Get("aws_access_key_id").value_or(""),
                    now.Get("aws_secret_access_key").value_or(""),
                    now.Get("aws_session_token").value_or(""),
                    {}},
                   "profile '" + name + "'");
  };
  return provider;
}

}  // namespace

Result<std::optional<Provider>> EnvironmentKeys(const Environment& environment) {
  const auto id = environment.variable("AWS_ACCESS_KEY_ID");
  if (!id) return Found();
  const Credentials keys = TRY(Checked({*id,
                                        environment.variable("AWS_SECRET_ACCESS_KEY").value_or(""),
                                        environment.variable("AWS_SESSION_TOKEN").value_or(""),
                                        {}},
                                       "the environment"));
  Provider provider;
  provider.source = "environment variables";
  provider.constant = true;
  provider.fetch = [keys](Outside&) -> Result<Credentials> { return keys; };
  return Found(std::move(provider));
}

bool HasKeys(const Profile& profile) {
  return profile.Get("aws_access_key_id") || profile.Get("aws_secret_access_key");
}

Result<std::optional<Provider>> ProfileProvider(const std::string& region,
                                                const Environment& environment,
                                                const Profiles& profiles, const Profile& profile) {
  if (HasWebIdentity(environment, profile, Variables::kIgnored)) {
    return Found(TRY(WebIdentity(region, environment, profile, Variables::kIgnored)));
  }
  if (HasSso(profile)) return Found(TRY(Sso(environment, profiles, profile)));
  if (profile.keys_in_credentials) return Found(FileKeys(profile));
  if (profile.Get("login_session")) {
    return ConfigError("AWS profile '" + profile.name +
                           "' uses login_session (`aws login`), which Bauta cannot follow",
                       "credential_process = aws configure export-credentials --profile " +
                           profile.name + " --format process, in a profile of its own, does");
  }
  if (const auto command = profile.Get("credential_process")) {
    return Found(TRY(ProcessCredentials(profile.name, *command)));
  }
  if (HasKeys(profile)) return Found(FileKeys(profile));
  return Found();
}

}  // namespace bauta::aws
