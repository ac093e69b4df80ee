// Keys that a key management service wraps: what their files keep, and how it is asked.  keys/
// knows no service: cli/ passes functions in.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret_bytes.h"

namespace bauta::keys {

// What AWS KMS binds to a wrapped key: names and values, in clear.
using WrapContext = std::map<std::string, std::string>;

// What a file keeps of a key of 32 bytes that AWS KMS wrapped.
struct Wrapping {
  std::string key_id;  // The ARN of the KMS key.
  std::string blob;    // Nothing but that KMS key makes the key of it.
  WrapContext context;
};

struct WrappedKey {
  crypto::SecretBytes key;
  Wrapping wrapping;
};

// Asks the service; may block for seconds.  kRetryable: it does not answer; kConfig: it refuses.
using Unwrap = std::function<Result<crypto::SecretBytes>(const Wrapping&)>;
// Makes keys that a certain KMS key wraps.
using MakeWrapped = std::function<Result<WrappedKey>(const WrapContext&)>;

WrapContext ContextOfKey(std::string_view ring_id, std::string_view kid);
WrapContext ContextOfIdentity(std::string_view id);

// The 32 bytes.  Without `unwrap` (empty): kConfig.
Result<crypto::SecretBytes> Unwrapped(const Wrapping& wrapping, const Unwrap& unwrap);
// A new key whose wrapping can stand in a file.
Result<WrappedKey> MakeWrappedKey(const MakeWrapped& make, const WrapContext& context);

// True if both name the same KMS key.
bool SameKmsKey(const Wrapping& a, const Wrapping& b);

// `"key_id":…,"ciphertext_blob":…,"context":…`
std::string WrappingFields(const Wrapping& wrapping);

}  // namespace bauta::keys
