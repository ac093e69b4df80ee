// What `bauta config` prints.  Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace bauta::config {

struct NamedExample {
  std::string_view name;
  std::string_view config;  // With its comments; loads without an error.
  std::string_view table;   // The SQL that makes the table it fills.
};
// Those of examples/, in the order of their names.
std::span<const NamedExample> Examples();
// The config to start from: "logins"; loads without a problem.
std::string_view Example();

// The effective settings as YAML that loads again (but for secrets, which are ***); with
// `origins`, each with a comment that says who set it.
std::string ShowYaml(const std::vector<Setting>& settings, bool origins);
// One object; with `origins` each value is {"value":...,"origin":...}.
std::string ShowJson(const std::vector<Setting>& settings, bool origins);

// JSON Schema, draft 7, for editors.
std::string JsonSchema();

}  // namespace bauta::config
