// The two calls of STS that clients of SQS, and what tests them, begin with: who am I, and let me
// be of another account.  Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "queue/failure.h"

namespace bauta::queue {

struct IdentityCall {
  std::string_view action;
  std::string_view role_arn;    // arn:aws:iam::ACCOUNT:role/NAME
  std::string_view account;     // Of who asks.
  std::string_view request_id;  // To be answered with.
};

bool IsIdentityCall(std::string_view action);  // GetCallerIdentity or AssumeRole.
// The XML that answers one.  An assumed role's access key is its account, which is how the queue
// tells accounts apart.  ValidationError: the role is none.
Outcome<std::string> Identify(const IdentityCall& call);

}  // namespace bauta::queue
