#include "aws/credentials.h"

#include <atomic>
#include <utility>

#include "aws/assume_role.h"
#include "aws/container.h"
#include "aws/imds.h"
#include "aws/profile_keys.h"
#include "aws/web_identity.h"
#include "base/log.h"

namespace bauta::aws {
namespace {

// Nothing is configured anywhere: the machine itself may still have a role.
Result<Provider> LastResort(const Endpoint& endpoint, const Environment& environment,
                            const Profile& profile) {
  if (endpoint.aws) {
    Result<Provider> imds = Imds(environment, profile);
    if (!imds.ok()) {
      return ConfigError("no AWS credentials: none in the environment or the shared files, and " +
                             imds.error().message,
                         "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`");
    }
    imds->last_resort = true;
    return imds;
  }
  static std::atomic<bool> said = false;
  if (!said.exchange(true)) {
    log::Info("aws", "no credentials found; signing as test/test, since this is not AWS",
              {{"endpoint", endpoint.url}});
  }
  Provider provider;
  provider.source = "none found: test/test, since the endpoint is not AWS's";
  provider.constant = true;
  provider.fetch = [](Outside&) -> Result<Credentials> {
    return Credentials{"test", "test", "", {}};
  };
  return provider;
}

}  // namespace

Result<Credentials> Checked(Credentials credentials, const std::string& from) {
  if (credentials.access_key_id.empty()) {
    return ConfigError("AWS credentials: " + from + " has no access key id");
  }
  if (credentials.secret_access_key.empty()) {
    return ConfigError("AWS credentials: " + from + " has an access key id without its secret");
  }
  if (!IsPlain(credentials.access_key_id) || !IsPlain(credentials.session_token)) {
    return ConfigError("AWS credentials: " + from + " holds white space inside a key");
  }
  return credentials;
}

Result<Provider> FindProvider(const Endpoint& endpoint, const Environment& environment,
                              const Profiles& profiles) {
  if (auto keys = TRY(EnvironmentKeys(environment))) return *std::move(keys);
  const Profile profile = profiles.Chosen();
  const std::string& region = endpoint.region;
  if (HasAssumeRole(profile)) return AssumeRole(region, environment, profiles, profile);
  if (HasWebIdentity(environment, profile, Variables::kRead)) {
    return WebIdentity(region, environment, profile, Variables::kRead);
  }
  if (profile.explicit_ && !profile.found) {
    return ConfigError("AWS profile '" + profile.name + "' is in neither of the shared files",
                       "AWS_PROFILE names it; see AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE");
  }
  auto found = TRY(ProfileProvider(region, environment, profiles, profile));
  if (found) return *std::move(found);
  if (HasContainer(environment)) return Container(environment);
  return LastResort(endpoint, environment, profile);
}

}  // namespace bauta::aws
