#pragma once

#include <memory>
#include <span>

#include "base/result.h"

namespace bauta::crypto {

inline constexpr std::size_t kAesBlock = 16;

// AES on blocks that stand alone (FIPS 197), under one key.  No way to encrypt a text: equal blocks
// stay equal.  Movable; one thread at a time.
class AesBlocks {
 public:
  enum class Direction { kEncrypt, kDecrypt };
  // kFatal unless the key has 16 or 32 bytes.
  static Result<AesBlocks> Make(std::span<const unsigned char> key, Direction direction);
  AesBlocks(AesBlocks&&) noexcept;
  AesBlocks& operator=(AesBlocks&&) noexcept;
  ~AesBlocks();

  // Whole blocks; `out` has as many bytes.
  void Apply(std::span<const unsigned char> blocks, unsigned char* out);

 private:
  struct Impl;
  explicit AesBlocks(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::crypto
