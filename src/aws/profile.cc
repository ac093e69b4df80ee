#include "aws/profile.h"

#include "base/text.h"

namespace bauta::aws {
namespace {

std::string_view NextLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

// A comment begins a line, or follows white space.
std::string_view WithoutComment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool starts = line[i] == '#' || line[i] == ';';
    if (starts && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) return line.substr(0, i);
  }
  return line;
}

std::string FilePath(const Environment& environment, const char* variable, const char* file) {
  if (const auto path = environment.variable(variable)) return *path;
  return environment.variable("HOME").value_or("") + "/.aws/" + file;
}

Sections LoadFile(const Environment& environment, const char* variable, const char* file) {
  return ParseIni(environment.read_file(FilePath(environment, variable, file)).value_or(""));
}

void Merge(const Sections& sections, const std::string& name, Profile& profile) {
  const auto section = sections.find(name);
  if (section == sections.end()) return;
  profile.found = true;
  for (const auto& [key, value] : section->second) profile.settings.insert_or_assign(key, value);
}

}  // namespace

std::optional<std::string> Profile::Get(const std::string& setting) const {
  const auto found_at = settings.find(setting);
  if (found_at == settings.end() || found_at->second.empty()) return std::nullopt;
  return found_at->second;
}

Sections ParseIni(std::string_view text) {
  Sections sections;
  std::map<std::string, std::string>* section = nullptr;
  std::string outer;
  while (!text.empty()) {
    const std::string_view raw = WithoutComment(NextLine(text));
    const std::string_view line = TrimAscii(raw);
    if (line.empty()) continue;
    if (line.front() == '[' && line.back() == ']') {
      section = &sections[std::string(TrimAscii(line.substr(1, line.size() - 2)))];
      outer.clear();
      continue;
    }
    const std::size_t equals = line.find('=');
    if (section == nullptr || equals == std::string_view::npos) continue;
    const std::string key(TrimAscii(line.substr(0, equals)));
    const std::string value(TrimAscii(line.substr(equals + 1)));
    const bool nested = (raw.front() == ' ' || raw.front() == '\t') && !outer.empty();
    if (!nested) outer = value.empty() ? key : "";
    section->insert_or_assign(nested ? outer + "." + key : key, value);
  }
  return sections;
}

Profile LoadProfile(const Environment& environment) {
  Profile profile;
  const auto named = environment.variable("AWS_PROFILE");
  profile.name = named.value_or("default");
  profile.explicit_ = named.has_value();
  const Sections config = LoadFile(environment, "AWS_CONFIG_FILE", "config");
  if (profile.name == "default") Merge(config, "default", profile);
  Merge(config, "profile " + profile.name, profile);
  Merge(LoadFile(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials"), profile.name, profile);
  const auto services = config.find("services " + profile.Get("services").value_or(""));
  if (services == config.end()) return profile;
  for (const auto& [key, value] : services->second) {
    if (key.starts_with("sqs.")) profile.sqs[key.substr(4)] = value;
  }
  return profile;
}

}  // namespace bauta::aws
