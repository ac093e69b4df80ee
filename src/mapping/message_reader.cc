#include "mapping/message_reader.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace bauta::mapping {
namespace {

// What may stand under the name of an attribute: its type, then its value.
constexpr std::array<std::string_view, 5> kFields = {"/DataType", "/Type", "/StringValue",
                                                     "/BinaryValue", "/Value"};
constexpr std::size_t kTypes = 2;

bool IsNumber(const Json& type) {
  return type.kind == Json::Kind::kString &&
         (type.raw == "Number" || type.raw.starts_with("Number."));
}

// One attribute of `reader`, whose rules from `first` on are those of kFields.
Found FindAttribute(const EventReader& reader, std::size_t first) {
  bool number = false;
  for (std::size_t i = 0; i < kTypes; ++i) number |= IsNumber(reader.found(first + i).json);
  for (std::size_t i = kTypes; i < kFields.size(); ++i) {
    Found found = reader.found(first + i);
    if (found.state == Found::State::kAbsent) continue;
    if (found.state == Found::State::kFound && found.json.kind == Json::Kind::kNull) continue;
    const bool text = found.json.kind == Json::Kind::kString && !found.json.escaped;
    if (number && text && ParseNumber(found.json.raw)) found.json.kind = Json::Kind::kNumber;
    return found;
  }
  return {};
}

}  // namespace

MessageReader::MessageReader(std::span<const ColumnRule> rules) : attributes_({}), system_({}) {
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const ColumnRule& rule = rules[i];
    if (rule.origin == Origin::kAttribute) attribute_rules_.push_back({i, rule.from, {}});
    if (rule.origin != Origin::kSystem) continue;
    system_rules_.push_back({i, rule.from, {}});
    asks_for_more_ |= !IsAlwaysThere(rule.from);
  }
  attributes_ = MakeReader(attribute_rules_, kFields);
  system_ = MakeReader(system_rules_, std::array<std::string_view, 1>{""});
  texts_.reserve(system_rules_.size());  // What points into them must stay.
}

// A reader that finds, for each of `wanted`, what is `below` its name.
EventReader MessageReader::MakeReader(const std::vector<Wanted>& wanted,
                                      std::span<const std::string_view> below) {
  std::vector<ColumnRule> rules;
  for (const Wanted& one : wanted) {
    for (const std::string_view field : below) {
      ColumnRule& rule = rules.emplace_back();
      rule.from = "/";  // No name of an attribute has a slash or a tilde.
      rule.from.append(one.name).append(field);
    }
  }
  return EventReader(rules);
}

std::optional<Reason> MessageReader::Read(const Message& message, std::string_view attributes) {
  if (!attribute_rules_.empty()) {
    if (const auto reason = attributes_.Read(attributes)) return reason;
    for (std::size_t i = 0; i < attribute_rules_.size(); ++i) {
      attribute_rules_[i].found = FindAttribute(attributes_, i * kFields.size());
    }
  }
  if (system_rules_.empty()) return std::nullopt;
  if (asks_for_more_) {
    if (const auto reason = system_.Read(message.system)) return reason;
  }
  ReadSystem(message);
  return std::nullopt;
}

void MessageReader::ReadSystem(const Message& message) {
  texts_.clear();
  for (std::size_t i = 0; i < system_rules_.size(); ++i) {
    Wanted& wanted = system_rules_[i];
    if (wanted.name == "MessageId") {
      wanted.found = {Found::State::kFound, Text(message.id)};
    } else if (!IsAlwaysThere(wanted.name)) {
      wanted.found = system_.found(i);
    } else {
      const bool sent = wanted.name == "SentTimestamp";
      texts_.push_back(std::to_string(sent ? message.key.sent_ms : message.receive_count));
      wanted.found = {Found::State::kFound,
                      {.kind = Json::Kind::kNumber, .raw = texts_.back(), .escaped = false}};
    }
    // All of them come as strings.
    if (wanted.name.ends_with("Timestamp") && ParseNumber(wanted.found.json.raw)) {
      wanted.found.json.kind = Json::Kind::kNumber;
    }
  }
}

// As a JSON string, which a json column takes with its quotes.
Json MessageReader::Text(std::string_view text) {
  const std::string& quoted = texts_.emplace_back(JsonString(text));
  const std::string_view inside = std::string_view(quoted).substr(1, quoted.size() - 2);
  return {.kind = Json::Kind::kString,
          .raw = inside,
          .escaped = inside.find('\\') != std::string_view::npos};
}

void MessageReader::PutInto(EventReader& reader) const {
  for (const Wanted& wanted : attribute_rules_) reader.Put(wanted.rule, wanted.found);
  for (const Wanted& wanted : system_rules_) reader.Put(wanted.rule, wanted.found);
}

}  // namespace bauta::mapping
