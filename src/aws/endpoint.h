// Where requests are sent: from config, environment and the shared files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.h"
#include "aws/profile.h"
#include "base/result.h"

namespace bauta::aws {

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

// Wishes, then AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL, the profile's services section, its
// endpoint_url, a queue URL's origin, the region's own, which AWS_USE_FIPS_ENDPOINT and
// AWS_USE_DUALSTACK_ENDPOINT change.  kConfig: no region for an AWS endpoint, http:// to AWS, an
// endpoint that is no URL, or one that is named although FIPS or dual stack was asked for.
Result<Endpoint> ResolveEndpoint(const Wishes& wishes, const Environment& environment,
                                 const Profile& profile);

// Other services, in `region`.
enum class Service { kSqs, kSts, kSsoPortal, kKms };

// AWS_ENDPOINT_URL_STS (or _SSO, _KMS), AWS_ENDPOINT_URL, the profile, the region's own; errors as
// above.
Result<Endpoint> ResolveService(Service service, const std::string& region,
                                const Environment& environment, const Profile& profile);

// Where the KMS key lives: in the region of its ARN, else in the one that is configured.  kConfig
// as above.
Result<Endpoint> ResolveKms(const std::string& key_id, const Environment& environment,
                            const Profile& profile);

// The parts of "https://sqs.eu-west-1.amazonaws.com/123456789012/name".
bool IsQueueUrl(std::string_view queue);
std::string QueueName(std::string_view queue);                   // "name"
std::optional<std::string> RegionOfHost(std::string_view host);  // "eu-west-1"
std::string HostOfUrl(std::string_view url);                     // with the port
std::string PathOfUrl(std::string_view url);                     // at least "/"

// What goes into the Host header and is signed: a scheme's own port is no part of it.
std::string HostHeaderOfUrl(std::string_view url);

// Without white space and control characters: what may stand in a header.
bool IsPlain(std::string_view text);

}  // namespace bauta::aws
