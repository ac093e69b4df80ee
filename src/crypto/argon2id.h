#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"
#include "crypto/secret_bytes.h"

namespace bauta::crypto {

using Argon2Salt = std::array<unsigned char, 16>;

// Argon2id, version 1.3 (RFC 9106), one lane: 32 bytes from a passphrase.  Slow and hungry by
// intent: `mem` bytes for the call.  kFatal if they cannot be had or the numbers make no sense.
Result<SecretBytes> Argon2id13(const SecretBytes& passphrase, const Argon2Salt& salt,
                               std::uint64_t ops, std::uint64_t mem);

}  // namespace bauta::crypto
