#include "aws/message_attributes.h"

#include <simdjson.h>

#include "base/text.h"

namespace bauta::aws {
namespace {

namespace ondemand = simdjson::ondemand;

bool ReadAttribute(ondemand::object object, MessageAttribute& attribute) {
  bool has_value = false;
  for (auto field : object) {
    std::string_view key, text;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    const bool binary = key == "BinaryValue";
    if (key != "DataType" && key != "StringValue" && !binary) continue;
    const bool is_type = key == "DataType";
    // Null for what it has not.
    if (field.value().get_string().get(text) != simdjson::SUCCESS) continue;
    if (is_type) {
      attribute.type = text;
    } else {
      has_value = true;
      attribute.binary = binary;
      attribute.value = text;
    }
  }
  return has_value && !attribute.type.empty();
}

}  // namespace

std::optional<std::vector<MessageAttribute>> ParseAttributes(std::string_view json) {
  thread_local ondemand::parser parser;
  const simdjson::padded_string padded(json);
  std::vector<MessageAttribute> attributes;
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document.get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
  for (auto field : object) {
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return std::nullopt;
    MessageAttribute& attribute = attributes.emplace_back();
    attribute.name = name;
    ondemand::object value;
    if (field.value().get_object().get(value) != simdjson::SUCCESS) return std::nullopt;
    if (!ReadAttribute(value, attribute)) return std::nullopt;
  }
  return attributes;
}

std::string AttributesJson(std::span<const MessageAttribute> attributes) {
  std::string json = "{";
  for (const MessageAttribute& attribute : attributes) {
    if (json.size() > 1) json += ',';
    AppendJsonString(json, attribute.name);
    json += attribute.binary ? ":{\"BinaryValue\":" : ":{\"StringValue\":";
    AppendJsonString(json, attribute.value);
    json += ",\"DataType\":";
    AppendJsonString(json, attribute.type);
    json += '}';
  }
  return json + '}';
}

}  // namespace bauta::aws
