#pragma once

#include "aws/credentials.h"

namespace bauta::aws {

// The role of the EC2 instance, by its metadata service: version 2, version 1 only where the
// service has no tokens (403, 404, 405) and AWS_EC2_METADATA_V1_DISABLED does not forbid it.
// AWS_EC2_METADATA_SERVICE_ENDPOINT and _MODE (IPv6) say where.  kConfig also if
// AWS_EC2_METADATA_DISABLED is set.
Result<Provider> Imds(const Environment& environment, const Profile& profile);

}  // namespace bauta::aws
