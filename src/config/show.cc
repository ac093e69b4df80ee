#include <fmt/format.h>

#include "base/text.h"
#include "config/print.h"

namespace bauta::config {
namespace {

bool IsPlain(std::string_view text) {
  if (text.empty() || text == "null" || text == "true" || text == "false") return false;
  for (const char c : text) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '/' || c == '.' || c == '-' || c == '%';
    if (!fine) return false;
  }
  return text[0] != '-' && text[0] != '%';
}

// A JSON string is a YAML string; '$' is doubled, since it is read again.
std::string YamlText(std::string_view text, bool value) {
  if (IsPlain(text)) return std::string(text);
  std::string escaped;
  for (const char c : text) escaped.append(c == '$' && value ? 2 : 1, c);
  return JsonString(escaped);
}

std::string YamlValue(const Setting& setting) {
  if (setting.type == Type::kBool) return setting.value;
  return YamlText(setting.value, true);
}

std::string JsonValue(const Setting& setting, bool origins) {
  const bool bare = setting.type == Type::kBool || setting.type == Type::kWhole;
  const std::string value = bare ? setting.value : JsonString(setting.value);
  if (!origins) return value;
  return fmt::format(R"({{"value":{},"origin":{}}})", value, JsonString(setting.origin));
}

std::size_t Shared(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::size_t n = 0;
  while (n + 1 < a.size() && n + 1 < b.size() && a[n] == b[n]) ++n;
  return n;
}

}  // namespace

std::string ShowYaml(const std::vector<Setting>& settings, bool origins) {
  std::string yaml;
  std::vector<std::string> open;
  for (const Setting& setting : settings) {
    for (std::size_t i = Shared(open, setting.path); i + 1 < setting.path.size(); ++i) {
      yaml += fmt::format("{:{}}{}:\n", "", 2 * i, YamlText(setting.path[i], false));
    }
    const std::string line = fmt::format("{:{}}{}: {}", "", 2 * (setting.path.size() - 1),
                                         YamlText(setting.path.back(), false), YamlValue(setting));
    yaml += origins ? fmt::format("{:<47} # {}\n", line, setting.origin) : line + '\n';
    open = setting.path;
  }
  return yaml;
}

std::string ShowJson(const std::vector<Setting>& settings, bool origins) {
  std::string json = "{";
  std::vector<std::string> open;
  for (const Setting& setting : settings) {
    const std::size_t shared = Shared(open, setting.path);
    for (std::size_t i = open.size(); i > shared + 1; --i) json += '}';
    if (!json.ends_with('{')) json += ',';
    for (std::size_t i = shared; i + 1 < setting.path.size(); ++i) {
      json += JsonString(setting.path[i]) + ":{";
    }
    json += JsonString(setting.path.back()) + ":" + JsonValue(setting, origins);
    open = setting.path;
  }
  for (std::size_t i = open.size(); i > 1; --i) json += '}';
  return json + "}";
}

}  // namespace bauta::config
