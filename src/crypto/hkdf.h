// HKDF with SHA-256 (RFC 5869).  Any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "crypto/secret_bytes.h"

namespace bauta::crypto {

// The pseudo-random key, 32 bytes.  `material` must not be empty.
SecretBytes HkdfExtract(std::string_view salt, const SecretBytes& material);

// `length` bytes (1 to 8160) for the use that `info` names.
SecretBytes HkdfExpand(const SecretBytes& prk, std::string_view info, std::size_t length);

}  // namespace bauta::crypto
