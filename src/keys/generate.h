#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/identity.h"
#include "keys/wrapping.h"

namespace bauta::keys {

inline constexpr char kKeyRingFile[] = "keyring.json";
inline constexpr char kVaultIdentityFile[] = "identity-v1.json";
inline constexpr char kQuarantineIdentityFile[] = "identity-q1.json";

struct GenerateOptions {
  std::string ring_id = "bauta";
  std::optional<crypto::SecretBytes> passphrase;  // For both identities; none: they lie in clear.
  PassphraseCost cost;
  MakeWrapped wrap_key;         // Empty: the token key stands in the ring as it is.
  MakeWrapped wrap_identities;  // Empty: `passphrase` counts.
};

// kConfig if Generate would find one of its files in `folder` already.
Result<> CheckGenerate(const std::string& folder);

// New keys: keyring.json (token key k1, recipients v1 and q1), identity-v1.json and
// identity-q1.json in `folder`, which is made if it is not there.  All three or none, each 0600,
// never over an existing file: kConfig names it.  Also errors of the functions that wrap, and
// kConfig if one KMS key would wrap the token key and an identity.
Result<> Generate(const std::string& folder, const GenerateOptions& options);

}  // namespace bauta::keys
