#include "masking/candidates.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "masking/address.h"

namespace bauta::masking {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 40;  // Two days on one core.
constexpr std::size_t kLongest = 64;
constexpr std::string_view kDecimal = "0123456789", kHex = "0123456789abcdef";

Error NoNetwork() {
  return ConfigError("--range: is no IPv4 network", "as 192.0.2.0/24, of 0 to 32 bits");
}

char* WriteByte(unsigned byte, char* to) {
  if (byte >= 100) *to++ = static_cast<char>('0' + byte / 100);
  if (byte >= 10) *to++ = static_cast<char>('0' + byte / 10 % 10);
  *to++ = static_cast<char>('0' + byte % 10);
  return to;
}

}  // namespace

Result<Candidates> Candidates::Ipv4(std::span<const std::string> networks) {
  Candidates all;
  if (networks.empty()) all.networks_.push_back({0, std::uint64_t{1} << 32});
  for (const std::string& text : networks) {
    const std::size_t slash = text.find('/');
    std::optional<Address> address = ParseIp(text.substr(0, slash));
    unsigned bits = 32;
    if (slash != std::string::npos) {
      const char* const end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
      if (error != std::errc() || stop != end || bits > 32) return NoNetwork();
    }
    if (!address || !IsIpv4(*address) || text.find(':') != std::string::npos) return NoNetwork();
    std::uint32_t first = 0;
    for (std::size_t i = 12; i < 16; ++i) first = first << 8 | (*address)[i];
    const std::uint64_t size = std::uint64_t{1} << (32 - bits);
    all.networks_.push_back({first & ~static_cast<std::uint32_t>(size - 1), size});
  }
  for (const Network& network : all.networks_) all.size_ += network.size;
  if (all.size_ > kMost) return ConfigError("--range: too many networks", "name each once");
  return all;
}

Result<Candidates> Candidates::Pattern(std::string_view pattern) {
  Candidates all;
  all.size_ = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool literal = pattern[i] == '\\' && i + 1 < pattern.size();
    const char c = pattern[literal ? ++i : i];
    const std::string_view digits = c == 'd' ? kDecimal : kHex;
    if (literal || (c != 'd' && c != 'x')) {
      all.text_ += c;
      continue;
    }
    all.places_.push_back({all.text_.size(), digits});
    all.text_ += '0';
    all.size_ *= digits.size();
    if (all.size_ > kMost) {
      return ConfigError("--pattern: stands for too many values to try",
                         "at most 2^40: twelve decimal or ten hexadecimal digits");
    }
  }
  if (all.places_.empty() || all.text_.size() > kLongest) {
    return ConfigError(fmt::format("--pattern: has {} digits in {} characters", all.places_.size(),
                                   all.text_.size()),
                       "d is any digit, x any hexadecimal one, up to 64 characters: ddd-dd-dddd");
  }
  return all;
}

Candidates::Cursor::Cursor(const Candidates& candidates, std::uint64_t first)
    : all_(candidates), index_(first) {
  if (all_.networks_.empty()) {
    WriteText(first);
    return;
  }
  while (network_ + 1 < all_.networks_.size() && first >= all_.networks_[network_].size) {
    first -= all_.networks_[network_++].size;
  }
  index_ = first;
  address_ = all_.networks_[network_].first + static_cast<std::uint32_t>(first);
  WriteAddress();
}

void Candidates::Cursor::Next() {
  ++index_;
  if (!all_.networks_.empty()) {
    ++address_;
    if (index_ == all_.networks_[network_].size && network_ + 1 < all_.networks_.size()) {
      index_ = 0;
      address_ = all_.networks_[++network_].first;
    }
    return WriteAddress();
  }
  for (std::size_t i = all_.places_.size(); i-- > 0;) {
    const Place& place = all_.places_[i];
    char& c = text_[place.at];
    const std::size_t digit = place.all.find(c);
    if (digit + 1 < place.all.size()) {
      c = place.all[digit + 1];
      return;
    }
    c = '0';
  }
}

void Candidates::Cursor::WriteAddress() {
  char* to = text_.data();
  for (const unsigned shift : {24u, 16u, 8u, 0u}) {
    to = WriteByte(address_ >> shift & 255, to);
    *to++ = '.';
  }
  length_ = static_cast<std::size_t>(to - text_.data()) - 1;
}

void Candidates::Cursor::WriteText(std::uint64_t index) {
  length_ = all_.text_.copy(text_.data(), text_.size());
  for (std::size_t i = all_.places_.size(); i-- > 0;) {
    const Place& place = all_.places_[i];
    text_[place.at] = place.all[index % place.all.size()];
    index /= place.all.size();
  }
}

}  // namespace bauta::masking
