// SHA-256 (FIPS 180-4) by OpenSSL's compression function alone.  For the .cc files of crypto/: it
// shows OpenSSL, and a name of it that is deprecated: its EVP functions cost three times what they
// compute for a value of a few bytes.  See docs/adr/0018.
#pragma once

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace bauta::crypto {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

// One text, handed over in parts.
class Sha256Stream {
 public:
  static constexpr std::size_t kBlock = SHA256_CBLOCK;
  using Block = std::array<unsigned char, kBlock>;
  using Hash = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

  Sha256Stream() { SHA256_Init(&state_); }
  // Goes on after `before` bytes, whole blocks, that led to `state`.
  Sha256Stream(const SHA256_CTX& state, std::uint64_t before) : state_(state), size_(before) {}
  // Behind whole blocks: where another may go on.
  const SHA256_CTX& state() const { return state_; }

  void Add(std::span<const unsigned char> part) {
    size_ += part.size();
    while (filled_ + part.size() >= kBlock) {
      const auto head = part.first(kBlock - filled_);
      std::ranges::copy(head, block_.begin() + filled_);
      SHA256_Transform(&state_, block_.data());
      part = part.subspan(head.size());
      filled_ = 0;
    }
    std::ranges::copy(part, block_.begin() + filled_);
    filled_ += part.size();
  }

  // Ends it: pads, as section 5.1.1 has it.
  Hash Finish() {
    block_[filled_++] = 0x80;
    if (filled_ > kBlock - kLength) {
      std::fill(block_.begin() + filled_, block_.end(), 0);
      SHA256_Transform(&state_, block_.data());
      filled_ = 0;
    }
    std::fill(block_.begin() + filled_, block_.end() - kLength, 0);
    WriteBigEndian(8 * size_, std::span(block_).last(kLength));
    SHA256_Transform(&state_, block_.data());
    Hash hash;
    for (std::size_t i = 0; i < hash.size(); i += 4) {
      WriteBigEndian(state_.h[i / 4], std::span(hash).subspan(i, 4));
    }
    return hash;
  }

 private:
  static constexpr std::size_t kLength = 8;  // Bytes of the text's length, which is in bits.

  static void WriteBigEndian(std::uint64_t number, std::span<unsigned char> out) {
    for (std::size_t i = out.size(); i-- > 0; number >>= 8) {
      out[i] = static_cast<unsigned char>(number & 0xff);
    }
  }

  SHA256_CTX state_;
  Block block_;  // Its first `filled_` bytes are waiting.
  std::size_t filled_ = 0;
  std::uint64_t size_ = 0;  // Bytes so far.
};

#pragma GCC diagnostic pop

}  // namespace bauta::crypto
