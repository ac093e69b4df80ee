// From everything that says how to run to one validated Config, or every problem at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/interpolate.h"
#include "config/options.h"
#include "config/problem.h"

namespace bauta::config {

// A file of at most kMaxYamlBytes.  kConfig, without the path: it is not there, cannot be read or
// is longer.  Any thread.
Result<std::string> ReadSmallFile(const std::string& path);

// Whoever calls Load says what the world is, so that it is a pure function of this and of the files
// that `read_file` gives.
struct Sources {
  struct Override {
    std::string label;  // For messages: "--log-level".
    std::string path;   // "log.level"
    std::string value;
  };
  std::string file;                 // As given; empty: there is no config file.
  std::optional<std::string> text;  // What `file` holds; else it is read.
  std::vector<std::string> sets;    // "a.b=c", literal; "columns.x={from: /x}" is read as YAML.
  std::vector<Override> flags;      // Stronger than `sets`.
  Environment environment;
  ReadFile read_file = ReadSmallFile;
};

// One effective setting, for `config show`.  Secrets are already redacted.
struct Setting {
  std::vector<std::string> path;
  Type type = Type::kText;
  std::string value;
  std::string origin;  // "bauta.yaml:14:7", "--set", "BAUTA__WORKERS", "DATABASE_URL", "default"
};

struct Loaded {
  Config config;  // Complete only if there is no error among the problems.
  std::vector<Problem> problems;
  std::vector<Setting> settings;

  bool ok() const { return !HasErrors(problems); }
  // Where the config says `path` ("target.postgres.table"), for problems found later; a place of
  // 0:0 if it does not say it.
  struct Where {
    std::string path, file;
    int line = 0, column = 0;
    std::string source_line;  // Empty if it may hold a secret.
  };
  std::vector<Where> places;
  // A problem at the place of `path`, or of the nearest section that holds it.  A `message` that
  // begins with the path is told without it.
  Problem At(std::string_view code, std::string_view path, std::string message,
             std::string hint = {}) const;
};

// Never fails: whatever is wrong is among the problems.  Any thread.
Loaded Load(const Sources& sources);

}  // namespace bauta::config
