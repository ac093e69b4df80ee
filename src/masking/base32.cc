#include "masking/base32.h"

#include <cstdint>

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

std::optional<std::string> Base32Decode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 5 / 8);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const std::size_t digit = kAlphabet.find(lower);
    if (digit == std::string_view::npos) return std::nullopt;
    held = held << 5 | static_cast<std::uint32_t>(digit);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 0xff);
  }
  const bool whole = Base32Size(bytes.size()) == text.size();
  const bool spare_bits = (held & ((1u << bits) - 1)) != 0;
  if (!whole || spare_bits) return std::nullopt;
  return bytes;
}

}  // namespace bauta::masking
