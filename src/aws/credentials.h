// Where requests are sent and who signs them, from config, environment and the shared files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.h"
#include "aws/profile.h"
#include "base/result.h"

namespace bauta::aws {

// Never logged.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // May be empty.
};

struct Endpoint {
  std::string url;  // Origin and, rarely, a path: "https://sqs.eu-west-1.amazonaws.com".
  std::string region;
  bool aws = false;  // Amazon's own, as far as its host tells.
};

// What a command or the config file says; the rest comes from the environment.
struct Wishes {
  std::string queue;  // Name or URL; may be empty.
  std::optional<std::string> region, endpoint;
};

// Wishes, then AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL, the profile's endpoint_url, a queue URL's
// origin, the region's own.  kConfig: no region for an AWS endpoint, http:// to AWS, or an endpoint
// that is no URL.
Result<Endpoint> ResolveEndpoint(const Wishes& wishes, const Environment& environment,
                                 const Profile& profile);

// Environment, then the shared files; test/test for an endpoint that is not AWS's, said once in the
// log.  kConfig: none for AWS, or a profile that is named and not there.
Result<Credentials> ResolveCredentials(const Endpoint& endpoint, const Environment& environment,
                                       const Profile& profile);

// The parts of "https://sqs.eu-west-1.amazonaws.com/123456789012/name".
bool IsQueueUrl(std::string_view queue);
std::string QueueName(std::string_view queue);                   // "name"
std::optional<std::string> RegionOfHost(std::string_view host);  // "eu-west-1"
std::string HostOfUrl(std::string_view url);                     // with the port
std::string PathOfUrl(std::string_view url);                     // at least "/"

}  // namespace bauta::aws
