// The one spelling under which equal values get equal tokens: PRIVACY, section 3.2.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace bauta::masking {

// Under their versioned names.
enum class Form { kStr1, kIp1, kLower1, kDigits1, kRaw1 };
// "str1", "ip1", "lower1", "digits1", "raw1".
std::string_view FormName(Form form);

struct CanonicalValue {
  enum class Kind { kOk, kEmpty, kInvalid } kind;
  std::string_view bytes;  // For kOk; in `value` or in `scratch`.
};

// Any thread; `scratch` saves allocations when it is used again.
CanonicalValue Canonicalise(Form form, std::string_view value, std::string& scratch);

// An address without white space around it, by inet_pton's rules, as IPv6: an IPv4 address is
// ::ffff:a.b.c.d.
std::optional<std::array<unsigned char, 16>> ParseIp(std::string_view text);

}  // namespace bauta::masking
