#include "aws/json_text.h"

#include <cstddef>

#include "base/text.h"

namespace bauta::aws {
namespace {

void AppendMember(std::string& json, const SqsCall::Member& member) {
  json += '"';
  json += member.name;
  json += "\":";
  if (const auto* number = std::get_if<std::int64_t>(&member.value)) {
    json += std::to_string(*number);
  } else if (const auto* attributes = std::get_if<std::vector<MessageAttribute>>(&member.value)) {
    json += AttributesJson(*attributes);
  } else {
    AppendJsonString(json, std::get<std::string>(member.value));
  }
}

void AppendNames(std::string& json, const SqsCall::Names& names) {
  json += '"';
  json += names.name;
  json += "\":[";
  for (const std::string_view value : names.values) {
    if (json.back() != '[') json += ',';
    AppendJsonString(json, value);
  }
  json += ']';
}

// "Entries":[{"Id":"0",…},…]
void AppendEntries(std::string& json, const std::vector<std::vector<SqsCall::Member>>& entries) {
  json += "\"Entries\":";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    json += i == 0 ? "[{\"Id\":\"" : ",{\"Id\":\"";
    json += std::to_string(i);
    json += '"';
    for (const SqsCall::Member& member : entries[i]) {
      json += ',';
      AppendMember(json, member);
    }
    json += '}';
  }
  json += ']';
}

void AppendAttributes(std::string& json, const AttributeMap& attributes) {
  json += "\"Attributes\":{";
  for (const auto& [name, value] : attributes) {
    if (json.back() != '{') json += ',';
    AppendJsonString(json, name);
    json += ':';
    AppendJsonString(json, value);
  }
  json += '}';
}

}  // namespace

std::string JsonText(const SqsCall& call) {
  std::string json;
  const auto next = [&] { json += json.empty() ? '{' : ','; };
  for (const SqsCall::Member& member : call.members) {
    next();
    AppendMember(json, member);
  }
  for (const SqsCall::Names& names : call.names) {
    next();
    AppendNames(json, names);
  }
  if (!call.attributes.empty()) {
    next();
    AppendAttributes(json, call.attributes);
  }
  if (!call.entries.empty()) {
    next();
    AppendEntries(json, call.entries);
  }
  return json + '}';
}

}  // namespace bauta::aws
