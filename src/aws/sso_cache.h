#pragma once

#include "aws/credentials.h"

namespace bauta::aws {

// The profile names a role of IAM Identity Center (sso_account_id, sso_role_name).
bool HasSso(const Profile& profile);

// The role's keys, by the token that `aws sso login` has left in ~/.aws/sso/cache.  The token is
// not renewed.  kConfig: settings are missing, no token or one that has expired; its hint is the
// login.
Result<Provider> Sso(const Environment& environment, const Profiles& profiles,
                     const Profile& profile);

}  // namespace bauta::aws
