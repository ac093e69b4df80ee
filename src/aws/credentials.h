// The keys that requests are signed with, and where they come from.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "aws/endpoint.h"
#include "aws/outside.h"
#include "aws/profile.h"
#include "base/clock.h"
#include "base/result.h"

namespace bauta::aws {

// Never logged.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;             // May be empty.
  std::optional<WallTime> expires = {};  // Nothing: they do not.
};

// One place that credentials come from.  A value; any thread.
struct Provider {
  // For people, never with a secret: "web identity, role arn:..., token file /var/run/...".
  std::string source;
  // Asks anew and may block for seconds.  kConfig: a person must mend something; kRetryable: it
  // did not answer.
  std::function<Result<Credentials>(Outside&)> fetch;
  bool constant = false;      // Asking again brings nothing new.
  bool may_be_stale = false;  // What has expired is to be used until there is something new.
  bool last_resort = false;   // Nothing says that it is there.
};

// Whom requests to `endpoint` are signed for.  The order is botocore's: environment, the profile's
// role_arn, web identity, SSO, shared credentials file, credential_process, config file, container,
// EC2 instance metadata; test/test for an endpoint that is not AWS's, which never asks the last.
// Reads variables and files only; the provider does the asking.  kConfig: none for AWS, a profile
// that is named and not there, or settings that make no sense.
Result<Provider> FindProvider(const Endpoint& endpoint, const Environment& environment,
                              const Profiles& profiles);

// What may be sent as part of a header; `from` is told in the error.
Result<Credentials> Checked(Credentials credentials, const std::string& from);

}  // namespace bauta::aws
