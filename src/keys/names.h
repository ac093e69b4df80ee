// The words and names that key files use, and who may be called what.  For keys/ itself.
#pragma once

#include <optional>
#include <string_view>

#include "keys/key_ring.h"

namespace bauta::keys {

bool IsKid(std::string_view kid);    // [a-z0-9]{1,12}
bool IsId(std::string_view id);      // [A-Za-z0-9_.-]{1,64}
bool IsKcv(std::string_view kcv);    // [0-9a-f]{8}
bool IsDate(std::string_view date);  // YYYY-MM-DD
std::optional<KeyStatus> ParseStatus(std::string_view word);
std::optional<Purpose> ParsePurpose(std::string_view word);

// The key check value of a pseudo-random key: 8 hex digits.
std::string KcvOf(const crypto::SecretBytes& prk);
// HKDF-Extract(salt "pii-token-v1", material).
crypto::SecretBytes PrkOf(const crypto::SecretBytes& material);

}  // namespace bauta::keys
