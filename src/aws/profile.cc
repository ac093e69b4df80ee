#include "aws/profile.h"

#include <utility>

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

// "profile x" for `profile   "x"` too.
std::string SectionName(std::string_view text) {
  text = TrimAscii(text);
  const std::size_t space = text.find_first_of(" \t");
  if (space == std::string_view::npos) return std::string(text);
  std::string_view name = TrimAscii(text.substr(space));
  const bool quoted = name.size() > 1 && (name.front() == '"' || name.front() == '\'') &&
                      name.back() == name.front();
  if (quoted) name = name.substr(1, name.size() - 2);
  return std::string(text.substr(0, space)) + ' ' + std::string(name);
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
      section = &sections[SectionName(line.substr(1, line.size() - 2))];
      outer.clear();
      continue;
    }
    const std::size_t equals = line.find('=');
    if (section == nullptr || equals == std::string_view::npos) continue;
    const std::string key(TrimAscii(line.substr(0, equals)));
    const std::string value(TrimAscii(line.substr(equals + 1)));
    const bool nested = (raw.front() == ' ' || raw.front() == '\t') && !outer.empty();
    if (!nested) outer = value.empty() ? key : "";
    std::string name = nested ? outer + '.' : "";
    name += key;
    section->insert_or_assign(std::move(name), value);
  }
  return sections;
}

Profiles Profiles::Load(const Environment& environment) {
  Profiles profiles;
  profiles.config_ = LoadFile(environment, "AWS_CONFIG_FILE", "config");
  profiles.credentials_ = LoadFile(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  profiles.chosen_ = environment.variable("AWS_PROFILE");
  return profiles;
}

Profile Profiles::Get(const std::string& name) const {
  Profile profile;
  profile.name = name;
  if (name == "default") Merge(config_, "default", profile);
  Merge(config_, "profile " + name, profile);
  Merge(credentials_, name, profile);
  const auto keys = credentials_.find(name);
  profile.keys_in_credentials =
      keys != credentials_.end() && keys->second.contains("aws_access_key_id");
  const auto services = config_.find("services " + profile.Get("services").value_or(""));
  if (services != config_.end()) profile.services = services->second;
  return profile;
}

Profile Profiles::Chosen() const {
  Profile profile = Get(chosen_.value_or("default"));
  profile.explicit_ = chosen_.has_value();
  return profile;
}

std::optional<Settings> Profiles::SsoSession(const std::string& name) const {
  const auto section = config_.find("sso-session " + name);
  if (section == config_.end()) return std::nullopt;
  return section->second;
}

Profile LoadProfile(const Environment& environment) { return Profiles::Load(environment).Chosen(); }

bool IsSet(const Environment& environment, const Profile& profile, const char* variable,
           const char* setting) {
  std::optional<std::string> value = environment.variable(variable);
  if (!value) value = profile.Get(setting);
  if (!value) return false;
  for (char& c : *value) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return *value == "true";
}

std::string CaFile(const Environment& environment, const Profile& profile) {
  return environment.variable("AWS_CA_BUNDLE").value_or(profile.Get("ca_bundle").value_or(""));
}

}  // namespace bauta::aws
