#include "aws/assume_role.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "aws/container.h"
#include "aws/imds.h"
#include "aws/profile_keys.h"
#include "aws/sts.h"

namespace bauta::aws {
namespace {

// One walk along source_profile, from the profile that was chosen.
class Walk {
 public:
  Walk(const std::string& region, const Environment& environment, const Profiles& profiles)
      : region_(region), environment_(environment), profiles_(profiles) {}

  Result<Provider> TakeUp(const Profile& profile) {
    visited_.push_back(profile.name);
    const Parameters parameters = TRY(Read(profile));
    const Provider source = TRY(Source(profile));
    const Endpoint sts = TRY(ResolveService(Service::kSts, region_, environment_, profile));
    Provider provider;
    provider.source = fmt::format("role {} of profile '{}', by {}", parameters.front().second,
                                  profile.name, source.source);
    provider.fetch = [sts, parameters, source](Outside& outside) -> Result<Credentials> {
      const Credentials keys = TRY(source.fetch(outside));
      return FetchFromSts(sts, "AssumeRole", parameters, &keys, outside);
    };
    return provider;
  }

 private:
  static std::string Of(const Profile& profile) { return "AWS profile '" + profile.name + "'"; }

  static Result<Parameters> Read(const Profile& profile) {
    if (profile.Get("mfa_serial")) {
      return ConfigError(Of(profile) +
                             " wants a code of an MFA device (mfa_serial), which Bauta "
                             "cannot ask for",
                         "eval \"$(aws configure export-credentials --profile " + profile.name +
                             " --format env)\" puts keys into the environment");
    }
    Parameters parameters = {{"RoleArn", profile.Get("role_arn").value_or("")}};
    const std::string session = profile.Get("role_session_name").value_or("bauta");
    if (!IsSessionName(session)) {
      return ConfigError(Of(profile) + ": role_session_name is not one that STS takes",
                         "2 to 64 letters, digits and =,.@_-");
    }
    parameters.emplace_back("RoleSessionName", session);
    if (const auto id = profile.Get("external_id")) parameters.emplace_back("ExternalId", *id);
    if (const auto seconds = profile.Get("duration_seconds")) {
      int number = 0;
      const char* const end = seconds->data() + seconds->size();
      const auto [stopped, error] = std::from_chars(seconds->data(), end, number);
      if (error != std::errc() || stopped != end || number < 900 || number > 43'200) {
        return ConfigError(Of(profile) + ": duration_seconds is no number from 900 to 43200");
      }
      parameters.emplace_back("DurationSeconds", *seconds);
    }
    return parameters;
  }

  Result<Provider> Source(const Profile& profile) {
    const auto source_profile = profile.Get("source_profile");
    const auto source = profile.Get("credential_source");
    if (source_profile.has_value() == source.has_value()) {
      return ConfigError(fmt::format("{} has a role_arn and {} source_profile and "
                                     "credential_source",
                                     Of(profile), source ? "both" : "neither"),
                         "name one of them");
    }
    return source ? Named(profile, *source) : OfSourceProfile(profile, *source_profile);
  }

  Result<Provider> Named(const Profile& profile, const std::string& source) const {
    if (source == "Environment") {
      auto keys = TRY(EnvironmentKeys(environment_));
      if (keys) return *std::move(keys);
      return ConfigError(Of(profile) +
                         ": credential_source = Environment, but AWS_ACCESS_KEY_ID "
                         "is not set");
    }
    if (source == "EcsContainer") {
      if (HasContainer(environment_)) return Container(environment_);
      return ConfigError(Of(profile) +
                         ": credential_source = EcsContainer, but "
                         "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
    }
    if (source == "Ec2InstanceMetadata") {
      Result<Provider> imds = Imds(environment_, profile);
      if (imds.ok()) return imds;
      return ConfigError(
          Of(profile) + ": credential_source = Ec2InstanceMetadata, but " + imds.error().message,
          imds.error().hint);
    }
    return ConfigError(Of(profile) + ": credential_source is none that is known",
                       "Environment, EcsContainer or Ec2InstanceMetadata");
  }

  Result<Provider> OfSourceProfile(const Profile& parent, const std::string& name) {
    const Profile profile = profiles_.Get(name);
    if (!profile.found) {
      return ConfigError(fmt::format(
          "{}: its source_profile '{}' is in neither of the shared files", Of(parent), name));
    }
    const bool visited = std::find(visited_.begin(), visited_.end(), name) != visited_.end();
    // A profile may name itself for its own keys.
    if (visited && !(name == parent.name && HasKeys(profile))) {
      return ConfigError(fmt::format("{}: source_profile leads in a circle: {} -> {}",
                                     "AWS profile '" + visited_.front() + "'",
                                     fmt::join(visited_, " -> "), name));
    }
    if (HasAssumeRole(profile) && !HasKeys(profile)) return TakeUp(profile);
    auto provider = TRY(ProfileProvider(region_, environment_, profiles_, profile));
    if (provider) return *std::move(provider);
    return ConfigError(fmt::format("{}: its source_profile '{}' has no keys", Of(parent), name));
  }

  const std::string& region_;
  const Environment& environment_;
  const Profiles& profiles_;
  std::vector<std::string> visited_;
};

}  // namespace

bool HasAssumeRole(const Profile& profile) {
  return profile.Get("role_arn") && !profile.Get("web_identity_token_file");
}

Result<Provider> AssumeRole(const std::string& region, const Environment& environment,
                            const Profiles& profiles, const Profile& profile) {
  return Walk(region, environment, profiles).TakeUp(profile);
}

}  // namespace bauta::aws
