// Reads what KMS answers.  Pure functions; any thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/secret_bytes.h"

namespace bauta::aws {

struct KmsAnswer {
  std::optional<crypto::SecretBytes> plaintext;
  std::string key_id, ciphertext_blob;  // Empty if not there.
};

// Wipes `body`.  kConfig: it is not what KMS says.
Result<KmsAnswer> ReadKmsAnswer(std::string& body);

}  // namespace bauta::aws
