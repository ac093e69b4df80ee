#pragma once

#include "aws/credentials.h"

namespace bauta::aws {

// The role of an ECS task or, by EKS Pod Identity, of a pod: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
// or AWS_CONTAINER_CREDENTIALS_FULL_URI, with the token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
// which is read anew each time, or AWS_CONTAINER_AUTHORIZATION_TOKEN.
bool HasContainer(const Environment& environment);

// kConfig: the full URI is one that keys must not be fetched from: http:// to anything but this
// machine or AWS's own addresses.
Result<std::string> ContainerUrl(const Environment& environment);

Result<Provider> Container(const Environment& environment);

}  // namespace bauta::aws
