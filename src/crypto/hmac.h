#pragma once

#include <array>
#include <span>
#include <string_view>

#include "crypto/secret_bytes.h"

namespace bauta::crypto {

// HMAC-SHA-256 (RFC 2104) under one key, set up once: a value of up to 55 bytes then costs two
// blocks of SHA-256, about 80 ns.  Movable; any number of threads.  The key's state lies in locked
// memory.
class Hmac {
 public:
  // The key may be empty; the caller wipes its own copy.
  explicit Hmac(std::span<const unsigned char> key);

  void Sign(std::string_view data, unsigned char out[32]) const;

 private:
  SecretBytes states_;  // Of SHA-256 after the key's inner block, and after its outer block.
};

// One value under a key that is used once.  Any thread.
std::array<unsigned char, 32> HmacSha256(std::span<const unsigned char> key, std::string_view data);

}  // namespace bauta::crypto
