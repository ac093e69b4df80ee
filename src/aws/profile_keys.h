#pragma once

#include <optional>

#include "aws/credentials.h"

namespace bauta::aws {

// AWS_ACCESS_KEY_ID and its companions; nothing if it is not set.
Result<std::optional<Provider>> EnvironmentKeys(const Environment& environment);

// Keys stand in the profile itself.
bool HasKeys(const Profile& profile);

// What one profile says of keys, without a role to take up and without variables: web identity,
// SSO, the shared credentials file, credential_process, the config file.  Nothing if it says
// nothing.
Result<std::optional<Provider>> ProfileProvider(const std::string& region,
                                                const Environment& environment,
                                                const Profiles& profiles, const Profile& profile);

}  // namespace bauta::aws
