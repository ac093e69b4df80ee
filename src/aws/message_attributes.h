// Message attributes one by one, for who sends on what was received.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bauta::aws {

struct MessageAttribute {
  std::string name;
  std::string type;   // "String", "Number.float", "Binary"
  std::string value;  // Text; base64 of what is binary.
  bool binary = false;
};

inline constexpr std::size_t kMostAttributes = 10;  // Of a message.

// What Received::attributes holds; nothing if it is not of that shape.  Any thread.
std::optional<std::vector<MessageAttribute>> ParseAttributes(std::string_view json);
// The same the other way round.
std::string AttributesJson(std::span<const MessageAttribute> attributes);

}  // namespace bauta::aws
