#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

namespace bauta::crypto {

inline constexpr std::size_t kSivTag = 16;

// AES-SIV (RFC 5297): deterministic authenticated encryption.  Equal texts give equal outputs, and
// what was changed does not open.  Set up once for a key and its associated data.
// Movable; one thread at a time.  The key's state lies in OpenSSL's heap and is wiped with the
// object.
class Siv {
 public:
  // `key` is K1‖K2: 64 bytes (AES-256) or 32 (AES-128); kFatal otherwise.  `associated`: one
  // element or more, each a string of its own to S2V.
  static Result<Siv> Make(std::span<const unsigned char> key,
                          std::span<const std::string_view> associated);
  Siv(Siv&&) noexcept;
  Siv& operator=(Siv&&) noexcept;
  ~Siv();

  // SIV(16)‖C: `out` has plain.size() + kSivTag bytes.  False for an empty text, which OpenSSL 3.0
  // cannot do.
  [[nodiscard]] bool Seal(std::span<const unsigned char> plain, unsigned char* out);
  // False if it is not what Seal made under this key and associated data; `out`, of sealed.size() -
  // kSivTag bytes, is then wiped.
  [[nodiscard]] bool Open(std::span<const unsigned char> sealed, unsigned char* out);

 private:
  struct Impl;
  explicit Siv(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::crypto
