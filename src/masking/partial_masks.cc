#include "masking/partial_masks.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "base/text.h"
#include "masking/canonical.h"

namespace bauta::masking {
namespace {

// Addresses that hold an IPv4 address behind so many bits.
struct Carrier {
  std::string_view begin;
  int bits;
};
constexpr auto kCarriers = std::to_array<Carrier>({
    {{"\x20\x02", 2}, 16},                         // 6to4
    {{"\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12}, 96},  // NAT64
    {{"\x20\x01\0\0", 4}, 96},                     // Teredo
});

// How much of an IPv6 address stays: of an IPv4 address inside it no more than of one alone.
int PrefixOf(std::span<const unsigned char> address, int v4, int v6) {
  for (const Carrier& carrier : kCarriers) {
    const auto is = [](char c, unsigned char byte) {
      return static_cast<unsigned char>(c) == byte;
    };
    if (std::equal(carrier.begin.begin(), carrier.begin.end(), address.begin(), is)) {
      return std::min(v6, carrier.bits + v4);
    }
  }
  return v6;
}

// Of a text that is valid UTF-8: the first byte of a character.
bool IsFirstByte(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

bool IsSeparator(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
  const bool digit = byte >= '0' && byte <= '9';
  return byte < 0x80 && !letter && !digit;
}

bool Counts(char c) { return IsFirstByte(c) && !IsSeparator(c); }

}  // namespace

Masked Truncate::Mask(std::string_view value) {
  const std::string_view trimmed = TrimAscii(value);
  if (trimmed.empty()) return {Outcome::kEmpty, {}};
  std::optional<Address> address = ParseIp(trimmed);
  if (!address) return {Outcome::kInvalid, {}};
  const bool is_v4 = IsIpv4(*address);
  const std::span<unsigned char> bytes = std::span(*address).subspan(is_v4 ? 12 : 0);
  const int prefix = is_v4 ? v4_ : PrefixOf(bytes, v4_, v6_);
  ZeroHost(bytes, prefix);
  inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes.data(), text_.data(),
            static_cast<socklen_t>(text_.size()));
  char* end = text_.data() + std::strlen(text_.data());
  end = fmt::format_to(end, "/{}", prefix);
  return {Outcome::kMasked, {text_.data(), end}};
}

Masked KeepLast::Mask(std::string_view value) {
  const CanonicalValue text = Canonicalise(Form::kStr1, value, scratch_);
  if (text.kind == CanonicalValue::Kind::kEmpty) return {Outcome::kEmpty, {}};
  if (text.kind == CanonicalValue::Kind::kInvalid) return {Outcome::kInvalid, {}};
  const std::ptrdiff_t all = std::ranges::count_if(text.bytes, Counts);
  const std::ptrdiff_t starred = all > n_ ? all - n_ : all;
  text_.clear();
  std::ptrdiff_t seen = 0;
  for (const char c : text.bytes) {
    if (Counts(c)) ++seen;
    const bool hide = seen <= starred && !IsSeparator(c);
    if (!hide) {
      text_ += c;
    } else if (IsFirstByte(c)) {
      text_ += '*';
    }
  }
  return {Outcome::kMasked, text_};
}

}  // namespace bauta::masking
