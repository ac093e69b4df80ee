#include "masking/base32.h"

#include <cstdint>

namespace bauta::masking {
namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

int Value(char c) {
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

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

std::optional<std::string> Base32Decode(std::string_view text) {
  std::string bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int value = Value(c);
    if (value < 0) return std::nullopt;
    held = held << 5 | static_cast<std::uint32_t>(value);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>(held >> bits & 0xff));
  }
  const bool spare_bits = (held & ((1u << bits) - 1)) != 0;
  if (bits >= 5 || spare_bits) return std::nullopt;
  return bytes;
}

}  // namespace bauta::masking
