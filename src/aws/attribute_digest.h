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

// All of them by name, so that equal bytes are equal attributes.  Nothing if binary is no base64.
std::optional<std::string> AttributeBytes(const std::map<std::string, AttributeValue>& attributes);
// MD5OfMessageAttributes, which is of those bytes: 32 hex digits.
std::optional<std::string> AttributeDigest(const std::map<std::string, AttributeValue>& attributes);

}  // namespace bauta::aws
