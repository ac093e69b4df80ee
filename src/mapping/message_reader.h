#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/column_rule.h"
#include "core/message.h"
#include "core/reason.h"
#include "mapping/event_reader.h"

namespace bauta::mapping {

// Finds what rules read beside the event: message attributes and system attributes.  Looks at
// nothing that no rule asks for.  One thread at a time.
//
// An attribute is a JSON string; of type Number (or Number.something) a JSON number, if it is
// written like one.  Attributes may come as SQS has them (DataType, StringValue, BinaryValue) or as
// SNS does (Type, Value).  Binary is its base64 text.
class MessageReader {
 public:
  explicit MessageReader(std::span<const ColumnRule> rules);
  bool reads_attributes() const { return !attribute_rules_.empty(); }

  // Why `attributes` or `message.system` are none, if they are not JSON objects.  What is found
  // points into the three of them and this, and goes to `reader`.
  std::optional<Reason> Read(const Message& message, std::string_view attributes);
  void PutInto(EventReader& reader) const;

 private:
  struct Wanted {
    std::uint32_t rule;
    std::string_view name;  // Of the rule's memory.
    Found found;
  };

  static EventReader MakeReader(const std::vector<Wanted>& wanted,
                                std::span<const std::string_view> below);
  void ReadSystem(const Message& message);
  Json Text(std::string_view text);

  std::vector<Wanted> attribute_rules_, system_rules_;
  bool asks_for_more_ = false;  // Than what every message has.
  EventReader attributes_, system_;
  std::vector<std::string> texts_;  // What the message has, as JSON.
};

}  // namespace bauta::mapping
