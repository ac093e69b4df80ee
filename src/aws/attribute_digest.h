#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace bauta::aws {

// What a message attribute is made of, as the digest takes it.
struct AttributeValue {
  std::string type;  // "String", "Number.float", "Binary".
  std::string text;  // The string, or the base64 of binary.
};

// MD5OfMessageAttributes of these, by name: 32 hex digits.  Nothing if binary is no base64.
std::optional<std::string> AttributeDigest(const std::map<std::string, AttributeValue>& attributes);

}  // namespace bauta::aws
