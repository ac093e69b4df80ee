#pragma once

#include "aws/credentials.h"

namespace bauta::aws {

// A role taken up with a token that somebody keeps fresh in a file (EKS's IRSA, and others):
// AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME, else the profile's settings.
enum class Variables { kRead, kIgnored };
bool HasWebIdentity(const Environment& environment, const Profile& profile, Variables variables);

// The file is read anew each time.  kConfig: no role, or settings that STS would refuse.
Result<Provider> WebIdentity(const std::string& region, const Environment& environment,
                             const Profile& profile, Variables variables);

}  // namespace bauta::aws
