// The calls of AWS's Security Token Service that Bauta makes.  All block, on Outside.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "aws/credentials.h"

namespace bauta::aws {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// AssumeRole and AssumeRoleWithWebIdentity.  Without `signer` the call is unsigned.  Three
// attempts; a clock of ours that is minutes off is corrected for.  kRetryable: network, 5xx,
// throttling, an identity provider that did not answer STS; kConfig: refused.  What STS says is
// passed on, unless it quotes a secret.
Result<Credentials> FetchFromSts(const Endpoint& endpoint, const std::string& action,
                                 const Parameters& parameters, const Credentials* signer,
                                 Outside& outside);

struct CallerIdentity {
  std::string arn, account;
};
// Needs no permission.  Two short attempts; kRejected: the keys are not, or no longer, good.
Result<CallerIdentity> GetCallerIdentity(const Endpoint& endpoint, const Credentials& signer,
                                         Outside& outside);

// What `role_session_name` is made of: letters, digits and =,.@_-
bool IsSessionName(std::string_view name);

}  // namespace bauta::aws
