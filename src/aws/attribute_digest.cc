#include "aws/attribute_digest.h"

#include <utility>

#include "base/text.h"
#include "crypto/digest.h"

namespace bauta::aws {
namespace {

void Append(std::string& out, std::string_view text) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>((text.size() >> shift) & 0xff);
  }
  out += text;
}

}  // namespace

std::optional<std::string> AttributeBytes(const std::map<std::string, AttributeValue>& attributes) {
  std::string bytes;
  for (const auto& [name, value] : attributes) {
    Append(bytes, name);
    Append(bytes, value.type);
    const bool binary = value.type.starts_with("Binary");
    bytes += binary ? '\2' : '\1';
    if (!binary) {
      Append(bytes, value.text);
      continue;
    }
    const std::optional<std::string> decoded = Base64Decode(value.text);
    if (!decoded) return std::nullopt;
    Append(bytes, *decoded);
  }
  return bytes;
}

std::optional<std::string> AttributeDigest(
    const std::map<std::string, AttributeValue>& attributes) {
  const std::optional<std::string> bytes = AttributeBytes(attributes);
  return bytes ? std::optional(crypto::Md5Hex(*bytes)) : std::nullopt;
}

}  // namespace bauta::aws
