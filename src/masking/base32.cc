#include "masking/base32.h"

#include <cstdint>
#include <string_view>

namespace bauta::masking {
namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

}  // namespace

void Base32Encode(std::span<const unsigned char> bytes, char* out) {
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const unsigned char byte : bytes) {
    held = held << 8 | byte;
    for (bits += 8; bits >= 5; bits -= 5) *out++ = kAlphabet[held >> (bits - 5) & 31];
  }
  if (bits > 0) *out = kAlphabet[held << (5 - bits) & 31];
}

}  // namespace bauta::masking
