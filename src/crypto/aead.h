// Authenticated encryption.  Any thread.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "crypto/secret_bytes.h"

namespace bauta::crypto {

inline constexpr std::size_t kAeadTag = 16;
using ChaChaNonce = std::array<unsigned char, 12>;   // Never twice under one key.
using XChaChaNonce = std::array<unsigned char, 24>;  // Random.

// ChaCha20-Poly1305 (RFC 8439) under a 32-byte key.  `out` has plain.size() + kAeadTag bytes.
void ChaChaSeal(const SecretBytes& key, const ChaChaNonce& nonce, std::string_view associated,
                std::span<const unsigned char> plain, std::span<unsigned char> out);
// False if it is not authentic.  `out` has sealed.size() - kAeadTag bytes.
[[nodiscard]] bool ChaChaOpen(const SecretBytes& key, const ChaChaNonce& nonce,
                              std::string_view associated, std::span<const unsigned char> sealed,
                              std::span<unsigned char> out);

// XChaCha20-Poly1305, the same with a nonce long enough to be random.
void XChaChaSeal(const SecretBytes& key, const XChaChaNonce& nonce, std::string_view associated,
                 std::span<const unsigned char> plain, std::span<unsigned char> out);
[[nodiscard]] bool XChaChaOpen(const SecretBytes& key, const XChaChaNonce& nonce,
                               std::string_view associated, std::span<const unsigned char> sealed,
                               std::span<unsigned char> out);

}  // namespace bauta::crypto
