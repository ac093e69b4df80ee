#include "aws/query_form.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "aws/query_wire.h"

namespace bauta::aws {
namespace {

void AppendEncoded(std::string& form, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      form += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    form += '%';
    form += kHex[byte >> 4];
    form += kHex[byte & 15];
  }
}

void AppendField(std::string& form, std::string_view name, std::string_view value) {
  form += '&';
  form += name;
  form += '=';
  AppendEncoded(form, value);
}

std::string ValueText(const SqsCall::Member& member) {
  if (const auto* number = std::get_if<std::int64_t>(&member.value)) {
    return std::to_string(*number);
  }
  return std::get<std::string>(member.value);
}

// "AttributeName.1"
std::string Numbered(std::string_view name, std::size_t index) {
  return std::string(name) + '.' + std::to_string(index + 1);
}

void AppendMessageAttributes(std::string& form, const std::string& entry,
                             const std::vector<MessageAttribute>& attributes) {
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const std::string each = Numbered(entry + "MessageAttribute", i) + '.';
    AppendField(form, each + "Name", attributes[i].name);
    AppendField(form, each + "Value.DataType", attributes[i].type);
    AppendField(form, each + (attributes[i].binary ? "Value.BinaryValue" : "Value.StringValue"),
                attributes[i].value);
  }
}

}  // namespace

std::string FormText(const SqsCall& call) {
  std::string form = "Action=" + std::string(call.operation) + "&Version=2012-11-05";
  for (const SqsCall::Member& member : call.members) {
    AppendField(form, member.name, ValueText(member));
  }
  for (const SqsCall::Names& names : call.names) {
    const std::string_view singular = names.name.substr(0, names.name.size() - 1);
    for (std::size_t i = 0; i < names.values.size(); ++i) {
      AppendField(form, Numbered(singular, i), names.values[i]);
    }
  }
  std::size_t index = 0;
  for (const auto& [name, value] : call.attributes) {
    const std::string attribute = Numbered("Attribute", index++);
    AppendField(form, attribute + ".Name", name);
    AppendField(form, attribute + ".Value", value);
  }
  const std::string each = std::string(call.operation) + "RequestEntry";
  for (std::size_t i = 0; i < call.entries.size(); ++i) {
    const std::string entry = Numbered(each, i) + '.';
    AppendField(form, entry + "Id", std::to_string(i));
    for (const SqsCall::Member& member : call.entries[i]) {
      if (const auto* attributes = std::get_if<std::vector<MessageAttribute>>(&member.value)) {
        AppendMessageAttributes(form, entry, *attributes);
      } else {
        AppendField(form, entry + std::string(member.name), ValueText(member));
      }
    }
  }
  return form;
}

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  AppendEncoded(encoded, text);
  return encoded;
}

}  // namespace bauta::aws
