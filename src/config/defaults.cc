#include "config/defaults.h"

#include <cstring>
#include <utility>

namespace bauta::config {

std::string ValueOf(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

Database DefaultDatabase(const Environment& environment) {
  std::string url = ValueOf(environment, "DATABASE_URL");
  if (!url.empty()) return {std::move(url), "DATABASE_URL"};
  for (const char* name : {"PGSERVICE", "PGDATABASE"}) {
    if (!ValueOf(environment, name).empty()) return {"postgresql://", name};
  }
  return {"postgresql:///postgres", "default"};
}

std::string TableName(std::string_view written) {
  std::string part;
  bool quoted = false, was_quoted = false;
  int parts = 1;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const char c = written[i];
    if (c == '"') {
      if (quoted && i + 1 < written.size() && written[i + 1] == '"') {
        part += written[i++];
        continue;
      }
      if (!quoted && !part.empty()) return {};
      quoted = !quoted;
      was_quoted = true;
    } else if (c == '.' && !quoted) {
      if (part.empty() || ++parts > 2) return {};
      part.clear();
      was_quoted = false;
    } else if (!quoted && (was_quoted || std::strchr(" \t'();,/\\", c) != nullptr)) {
      return {};
    } else {
      part += c;
    }
  }
  return quoted ? "" : part;
}

}  // namespace bauta::config
