#include <fmt/format.h>

#include "base/text.h"
#include "config/options.h"
#include "config/print.h"

namespace bauta::config {
namespace {

// Any scalar may be an interpolation.
constexpr std::string_view kVariable = R"({"type":"string","pattern":"\\$\\{"})";

std::string Either(std::string_view schema) {
  return fmt::format(R"("anyOf":[{},{}])", schema, kVariable);
}

std::string Enum(std::string_view choices) {
  std::string list, open;
  for (const std::string_view choice : Split(choices, '|')) {
    if (IsOpen(choice)) {
      open += fmt::format(R"(,{{"type":"string","pattern":"^{}."}})", choice);
      continue;
    }
    list += (list.empty() ? "" : ",") + JsonString(choice);
    if (choice == "null") list += ",null";
  }
  return Either(fmt::format(R"({{"enum":[{}]}}{})", list, open));
}

std::string Rule(const Option& option) {
  switch (option.type) {
    case Type::kWhole:
      return Either(
          fmt::format(R"({{"type":"integer","minimum":{},"maximum":{}}})", option.min, option.max));
    case Type::kBool:
      return Either(R"({"type":"boolean"})");
    case Type::kDuration:
      return Either(R"({"type":"string","pattern":"^[0-9]+(ms|s|m|h|d)$"})");
    case Type::kBytes:
      return Either(
          R"({"type":"string","pattern":"^[0-9]+(KiB|MiB|GiB)?$"},{"type":"integer","minimum":1})");
    case Type::kShare:
      return Either(R"({"type":"string","pattern":"^[0-9]+(\\.[0-9]+)?%$"})");
    case Type::kChoice:
      return Enum(option.choices);
    default:
      if (LastKey(option.path) == "default") return R"("type":["string","number","boolean"])";
      if (LastKey(option.path) == "from") {
        return Either(R"({"type":"string","pattern":"^/|^attribute:.|^system:.|^body$"})");
      }
      if (LastKey(option.path) == "events") return Either(R"({"type":"string","pattern":"^/|^$"})");
      return R"("type":["string","number"])";
  }
}

std::string Required(std::string_view section) {
  if (section.empty()) return R"("required":["source","target","columns"],)";
  if (section == "source") return R"("required":["sqs"],)";
  if (section == "source.sqs") return R"("required":["queue"],)";
  if (section == "target") return R"("required":["postgres"],)";
  if (section == "target.postgres") return R"("required":["table"],)";
  if (section == "columns.*") return R"("anyOf":[{"required":["from"]},{"required":["default"]}],)";
  return {};
}

std::string Section(std::string_view path);

std::string Property(const Option& option) {
  const std::string about = fmt::format(R"("description":{},)", JsonString(option.about));
  const std::string body = option.type == Type::kSection ? Section(option.path) : Rule(option);
  return fmt::format("{{{}{}}}", about, body);
}

std::string Section(std::string_view path) {
  if (path == "columns") {
    return fmt::format(R"("type":"object","minProperties":1,"additionalProperties":{})",
                       Property(*FindOption("columns.*")));
  }
  std::string properties;
  for (const std::string_view key : KeysOf(path)) {
    const std::string below = path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
    properties += fmt::format("{}{}:{}", properties.empty() ? "" : ",", JsonString(key),
                              Property(*FindOption(below)));
  }
  return fmt::format(R"("type":"object",{}"additionalProperties":false,"properties":{{{}}})",
                     Required(path), properties);
}

}  // namespace

std::string JsonSchema() {
  return fmt::format(
      R"({{"$schema":"http://json-schema.org/draft-07/schema#","title":"bauta.yaml",{}}})",
      Section(""));
}

}  // namespace bauta::config
