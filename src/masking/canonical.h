// The one spelling under which equal values get equal tokens: PRIVACY, section 3.2.
#pragma once

#include <string>
#include <string_view>

#include "masking/address.h"

namespace bauta::masking {

enum class FormKind { kStr1, kIp1, kLower1, kDigits1, kRaw1, kIpPrefix1 };

// A canonical form.
struct Form {
  static const Form kStr1, kIp1, kLower1, kDigits1, kRaw1;
  // ip1 with so many bits left of an IPv4 and of an IPv6 address: 1 to 32, 1 to 128.
  static constexpr Form IpPrefix1(int v4, int v6) { return {FormKind::kIpPrefix1, v4, v6}; }

  FormKind kind = FormKind::kStr1;
  int v4 = 32, v6 = 128;

  // Its values are 16 bytes, not text.
  constexpr bool is_address() const {
    return kind == FormKind::kIp1 || kind == FormKind::kIpPrefix1;
  }
};
inline constexpr Form Form::kStr1{FormKind::kStr1};
inline constexpr Form Form::kIp1{FormKind::kIp1};
inline constexpr Form Form::kLower1{FormKind::kLower1};
inline constexpr Form Form::kDigits1{FormKind::kDigits1};
inline constexpr Form Form::kRaw1{FormKind::kRaw1};

// Its versioned name: "str1", "ip1", "lower1", "digits1", "raw1", "ip-prefix1:24,64".
std::string FormName(const Form& form);

struct CanonicalValue {
  enum class Kind { kOk, kEmpty, kInvalid } kind;
  std::string_view bytes;  // For kOk; in `value` or in `scratch`.
};

// Any thread; `scratch` saves allocations when it is used again.
CanonicalValue Canonicalise(const Form& form, std::string_view value, std::string& scratch);

}  // namespace bauta::masking
