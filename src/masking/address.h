// IP addresses as bytes.  Pure.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace bauta::masking {

// IPv6; an IPv4 address is ::ffff:a.b.c.d.
using Address = std::array<unsigned char, 16>;

// An address without white space around it, by inet_pton's rules.
std::optional<Address> ParseIp(std::string_view text);

bool IsIpv4(const Address& address);

// Leaves the first `bits` of `bytes`.
void ZeroHost(std::span<unsigned char> bytes, int bits);

// Room for the longest address.
using AddressText = std::array<char, 40>;
// As a person writes it: the dotted quad, or RFC 5952.  The text is in `room`.
std::string_view WriteAddress(const Address& address, AddressText& room);

}  // namespace bauta::masking
