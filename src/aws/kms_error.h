// What an answer of KMS other than 200 asks of the caller.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/endpoint.h"
#include "base/result.h"

namespace bauta::aws {

// What KMS binds to a wrapped key and writes into its log: in clear, and needed to unwrap it.
using EncryptionContext = std::map<std::string, std::string>;

struct KmsAsked {
  std::string operation;  // "Decrypt"
  std::string key_id;
  EncryptionContext context;
  Endpoint endpoint;
};

// `code` is tame; `message` may be anything.  kRetryable with what it asks of the pace, or kConfig.
Error KmsError(const KmsAsked& asked, long status, std::string_view code, std::string_view message);

}  // namespace bauta::aws
