#include "masking/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "base/text.h"

namespace bauta::masking {
namespace {

constexpr CanonicalValue kInvalid{CanonicalValue::Kind::kInvalid, {}};

CanonicalValue Good(std::string_view bytes) { return {CanonicalValue::Kind::kOk, bytes}; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

CanonicalValue Ip(const Form& form, std::string_view text, std::string& scratch) {
  std::optional<Address> address = ParseIp(text);
  if (!address) return kInvalid;
  if (form.kind == FormKind::kIpPrefix1) {
    ZeroHost(*address, IsIpv4(*address) ? 96 + form.v4 : form.v6);
  }
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

std::string FormName(const Form& form) {
  switch (form.kind) {
    case FormKind::kStr1:
      return "str1";
    case FormKind::kIp1:
      return "ip1";
    case FormKind::kLower1:
      return "lower1";
    case FormKind::kDigits1:
      return "digits1";
    case FormKind::kRaw1:
      return "raw1";
    case FormKind::kIpPrefix1:
      return fmt::format("ip-prefix1:{},{}", form.v4, form.v6);
  }
  return {};
}

CanonicalValue Canonicalise(const Form& form, std::string_view value, std::string& scratch) {
  const std::string_view trimmed = TrimAscii(value);
  if (trimmed.empty()) return {CanonicalValue::Kind::kEmpty, {}};
  if (form.is_address()) return Ip(form, trimmed, scratch);
  if (value.find('\0') != std::string_view::npos || !IsValidUtf8(value)) return kInvalid;
  switch (form.kind) {
    case FormKind::kLower1:
      return LowerCase(trimmed, scratch);
    case FormKind::kDigits1:
      return Digits(trimmed, scratch);
    case FormKind::kRaw1:
      return Good(value);
    default:
      return Good(trimmed);
  }
}

}  // namespace bauta::masking
