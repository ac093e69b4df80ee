#pragma once

#include "aws/credentials.h"

namespace bauta::aws {

// The profile asks for a role to be taken up with other keys.
bool HasAssumeRole(const Profile& profile);

// A role taken up with the keys of source_profile, which may take up a role itself, or of
// credential_source.  kConfig: neither or both are named, a profile that is not there, one that
// leads back to itself, a role that wants MFA, settings that STS would refuse.
Result<Provider> AssumeRole(const std::string& region, const Environment& environment,
                            const Profiles& profiles, const Profile& profile);

}  // namespace bauta::aws
