// A config may be any text: it loads or is refused with problems that can be printed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/load.h"
#include "config/print.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bauta::config::Sources sources;
  sources.file = "bauta.yaml";
  sources.text.emplace(reinterpret_cast<const char*>(data), size);
  sources.environment = {{"A", "one"}, {"EMPTY", ""}};
  sources.read_file = [](const std::string&) -> bauta::Result<std::string> {
    return bauta::ConfigError("No such file or directory");
  };
  const bauta::config::Loaded loaded = bauta::config::Load(sources);
  for (const bauta::config::Problem& problem : loaded.problems) {
    static_cast<void>(bauta::config::Format(problem, true));
    if (problem.code.empty() || problem.message.empty()) std::abort();
  }
  static_cast<void>(bauta::config::ToJson(loaded.problems));
  if (!loaded.ok()) return 0;
  // What is shown must load again.
  sources.text = bauta::config::ShowYaml(loaded.settings, true);
  if (!bauta::config::Load(sources).ok() && sources.text->find("***") == std::string::npos) {
    std::abort();
  }
  return 0;
}
