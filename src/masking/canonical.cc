#include "masking/canonical.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace bauta::masking {
namespace {

constexpr CanonicalValue kInvalid{CanonicalValue::Kind::kInvalid, {}};

CanonicalValue Good(std::string_view bytes) { return {CanonicalValue::Kind::kOk, bytes}; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

CanonicalValue Ip(std::string_view text, std::string& scratch) {
  const auto address = ParseIp(text);
  if (!address) return kInvalid;
  scratch.assign(address->begin(), address->end());
  return Good(scratch);
}

CanonicalValue LowerCase(std::string_view text, std::string& scratch) {
  scratch.resize(text.size());
  std::ranges::transform(text, scratch.begin(), Lower);
  return Good(scratch);
}

CanonicalValue Digits(std::string_view text, std::string& scratch) {
  scratch.clear();
  std::ranges::copy_if(text, std::back_inserter(scratch), IsDigit);
  return scratch.empty() ? kInvalid : Good(scratch);
}

}  // namespace

std::string_view FormName(Form form) {
  switch (form) {
    case Form::kStr1:
      return "str1";
    case Form::kIp1:
      return "ip1";
    case Form::kLower1:
      return "lower1";
    case Form::kDigits1:
      return "digits1";
    case Form::kRaw1:
      return "raw1";
  }
  return {};
}

std::optional<std::array<unsigned char, 16>> ParseIp(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof terminated) return std::nullopt;
  if (text.find('\0') != std::string_view::npos)
    return std::nullopt;  // inet_pton would stop there.
  std::memcpy(terminated, text.data(), text.size());
  std::array<unsigned char, 16> address{};
  if (text.find(':') != std::string_view::npos) {
    if (inet_pton(AF_INET6, terminated, address.data()) != 1) return std::nullopt;
    return address;
  }
  if (inet_pton(AF_INET, terminated, address.data() + 12) != 1) return std::nullopt;
  address[10] = address[11] = 0xff;
  return address;
}

CanonicalValue Canonicalise(Form form, std::string_view value, std::string& scratch) {
  const std::string_view trimmed = TrimAscii(value);
  if (trimmed.empty()) return {CanonicalValue::Kind::kEmpty, {}};
  if (form == Form::kIp1) return Ip(trimmed, scratch);
  if (value.find('\0') != std::string_view::npos || !IsValidUtf8(value)) return kInvalid;
  switch (form) {
    case Form::kLower1:
      return LowerCase(trimmed, scratch);
    case Form::kDigits1:
      return Digits(trimmed, scratch);
    case Form::kRaw1:
      return Good(value);
    default:
      return Good(trimmed);
  }
}

}  // namespace bauta::masking
