#include "masking/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace bauta::masking {
namespace {

constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kGroups = 8;

struct Run {
  int begin = 0, size = 0;
};

// The zeros that "::" stands for: the longest run, the first of equals, never one group alone.
Run LongestZeros(const std::array<unsigned, kGroups>& groups) {
  Run longest, current;
  for (int i = 0; i < kGroups; ++i) {
    if (groups[static_cast<std::size_t>(i)] != 0) {
      current = {i + 1, 0};
    } else if (++current.size > longest.size) {
      longest = current;
    }
  }
  return longest.size > 1 ? longest : Run{};
}

char* WriteDecimal(unsigned byte, char* to) {
  if (byte >= 100) *to++ = static_cast<char>('0' + byte / 100);
  if (byte >= 10) *to++ = static_cast<char>('0' + byte / 10 % 10);
  *to++ = static_cast<char>('0' + byte % 10);
  return to;
}

// Without leading zeros.
char* WriteHex(unsigned group, char* to) {
  for (unsigned shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0;; shift -= 4) {
    *to++ = "0123456789abcdef"[group >> shift & 15];
    if (shift == 0) return to;
  }
}

}  // namespace

std::optional<Address> ParseIp(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof terminated) return std::nullopt;
  if (text.find('\0') != std::string_view::npos)
    return std::nullopt;  // inet_pton would stop there.
  std::memcpy(terminated, text.data(), text.size());
  Address address{};
  if (text.find(':') != std::string_view::npos) {
    if (inet_pton(AF_INET6, terminated, address.data()) != 1) return std::nullopt;
    return address;
  }
  if (inet_pton(AF_INET, terminated, address.data() + 12) != 1) return std::nullopt;
  address[10] = address[11] = 0xff;
  return address;
}

bool IsIpv4(const Address& address) {
  return std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

void ZeroHost(std::span<unsigned char> bytes, int bits) {
  for (int bit = bits; bit < static_cast<int>(bytes.size()) * 8; ++bit) {
    bytes[static_cast<std::size_t>(bit) / 8] &= static_cast<unsigned char>(~(0x80 >> bit % 8));
  }
}

std::string_view WriteAddress(const Address& address, AddressText& room) {
  char* to = room.data();
  if (IsIpv4(address)) {
    for (std::size_t i = 12; i < 16; ++i) {
      if (i > 12) *to++ = '.';
      to = WriteDecimal(address[i], to);
    }
    return {room.data(), to};
  }
  std::array<unsigned, kGroups> groups{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    groups[i] = static_cast<unsigned>(address[2 * i] << 8 | address[2 * i + 1]);
  }
  const Run zeros = LongestZeros(groups);
  for (int i = 0; i < kGroups; ++i) {
    if (zeros.size > 0 && i == zeros.begin) {
      *to++ = ':';
      *to++ = ':';
      i += zeros.size - 1;
      continue;
    }
    const bool first = i == 0 || (zeros.size > 0 && i == zeros.begin + zeros.size);
    if (!first) *to++ = ':';
    to = WriteHex(groups[static_cast<std::size_t>(i)], to);
  }
  return {room.data(), to};
}

}  // namespace bauta::masking
