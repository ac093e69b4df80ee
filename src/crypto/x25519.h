// Diffie-Hellman over Curve25519 (RFC 7748).  Any thread.
#pragma once

#include <array>

#include "base/result.h"
#include "crypto/secret_bytes.h"

namespace bauta::crypto {

using X25519Public = std::array<unsigned char, 32>;

// The public key of a 32-byte secret.
X25519Public X25519PublicOf(const SecretBytes& secret);

// The shared secret.  kRejected if it is all zeros: `theirs` is no honest public key.
Result<SecretBytes> X25519(const SecretBytes& mine, const X25519Public& theirs);

}  // namespace bauta::crypto
