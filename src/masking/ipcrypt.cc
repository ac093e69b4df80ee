#include "masking/ipcrypt.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace bauta::masking {
namespace {

using Direction = crypto::AesBlocks::Direction;

constexpr std::size_t kBits = 128;

bool BitAt(const Address& address, std::size_t bit) {
  return (address[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

void FlipBit(Address& address, std::size_t bit) {
  address[bit / 8] ^= static_cast<unsigned char>(0x80 >> bit % 8);
}

// The first bit that is encrypted: all of IPv4 have the 96 bits before in common.
std::size_t FirstBit(const Address& address) { return IsIpv4(address) ? 96 : 0; }

// What stands for the first n bits of an address: a 1 and then they, as a number of 128 bits.
class PrefixBlock {
 public:
  explicit PrefixBlock(const Address& address, std::size_t bits) {
    for (std::size_t bit = 0; bit < bits; ++bit) Append(BitAt(address, bit));
  }
  void Append(bool bit) {
    high_ = high_ << 1 | low_ >> 63;
    low_ = low_ << 1 | (bit ? 1u : 0u);
  }
  void Write(unsigned char* out) const {
    for (int i = 0; i < 8; ++i) {
      out[i] = static_cast<unsigned char>(high_ >> (56 - 8 * i) & 0xff);
      out[8 + i] = static_cast<unsigned char>(low_ >> (56 - 8 * i) & 0xff);
    }
  }

 private:
  std::uint64_t high_ = 0, low_ = 1;
};

}  // namespace

Result<IpcryptDeterministic> IpcryptDeterministic::Make(const crypto::SecretBytes& key) {
  if (key.size() != kKeySize) return Fatal("a key of ipcrypt-deterministic has 16 bytes");
  crypto::AesBlocks encrypt = TRY(crypto::AesBlocks::Make(key.bytes(), Direction::kEncrypt));
  crypto::AesBlocks decrypt = TRY(crypto::AesBlocks::Make(key.bytes(), Direction::kDecrypt));
  return IpcryptDeterministic(std::move(encrypt), std::move(decrypt));
}

Address IpcryptDeterministic::Encrypt(const Address& address) {
  Address out;
  encrypt_.Apply(address, out.data());
  return out;
}

Address IpcryptDeterministic::Decrypt(const Address& address) {
  Address out;
  decrypt_.Apply(address, out.data());
  return out;
}

Result<IpcryptPfx> IpcryptPfx::Make(const crypto::SecretBytes& key) {
  if (key.size() != kKeySize) return Fatal("a key of ipcrypt-pfx has 32 bytes");
  const auto first = key.bytes().first(16), second = key.bytes().last(16);
  if (std::ranges::equal(first, second)) {
    return ConfigError("the halves of a key of ipcrypt-pfx are equal: it would hide nothing");
  }
  crypto::AesBlocks one = TRY(crypto::AesBlocks::Make(first, Direction::kEncrypt));
  crypto::AesBlocks two = TRY(crypto::AesBlocks::Make(second, Direction::kEncrypt));
  return IpcryptPfx(std::move(one), std::move(two));
}

// Each bit is flipped or not by a function of all the bits before it, which are known here.
Address IpcryptPfx::Encrypt(const Address& address) {
  const std::size_t begin = FirstBit(address);
  std::array<unsigned char, kBits * crypto::kAesBlock> blocks, one, two;
  PrefixBlock prefix(address, begin);
  for (std::size_t bit = begin; bit < kBits; ++bit) {
    prefix.Write(blocks.data() + (bit - begin) * crypto::kAesBlock);
    prefix.Append(BitAt(address, bit));
  }
  const auto used = std::span(blocks).first((kBits - begin) * crypto::kAesBlock);
  first_.Apply(used, one.data());
  second_.Apply(used, two.data());
  Address out = address;
  for (std::size_t bit = begin; bit < kBits; ++bit) {
    const std::size_t last = (bit - begin + 1) * crypto::kAesBlock - 1;
    if (((one[last] ^ two[last]) & 1) != 0) FlipBit(out, bit);
  }
  return out;
}

// Bit by bit: each depends on those found before.
Address IpcryptPfx::Decrypt(const Address& address) {
  const std::size_t begin = FirstBit(address);
  PrefixBlock prefix(address, begin);
  Address out = address, block, one, two;
  for (std::size_t bit = begin; bit < kBits; ++bit) {
    prefix.Write(block.data());
    first_.Apply(block, one.data());
    second_.Apply(block, two.data());
    if (((one.back() ^ two.back()) & 1) != 0) FlipBit(out, bit);
    prefix.Append(BitAt(out, bit));
  }
  return out;
}

}  // namespace bauta::masking
