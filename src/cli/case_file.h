// Golden cases for `bauta test`: what a body must become.  Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"
#include "config/yaml.h"
#include "core/table_schema.h"

namespace bauta::cli {

// What a column must hold.
struct Expected {
  enum class Kind {
    kNull,
    kAnything,  // "*": not NULL.
    kText,      // As the column reads it: 2003000, "2026-11-21", a token, JSON.
    kTokenOf,   // {token_of: 192.0.2.1}: the token that the column gives that value.
  };
  std::string column;
  Kind kind = Kind::kText;
  std::string text;
};

// What an event must become: a row or a refusal; neither: the person wants to see what comes out.
struct Outcome {
  std::optional<std::vector<Expected>> row;
  std::optional<std::string> reason, column;
};

struct Case {
  std::string name;
  config::Place place;
  std::string body;
  std::string attributes = "{}", system = "{}";  // As Message has them.
  std::int64_t sent_ms = 0;
  Outcome outcome;                             // Of the one event.
  std::optional<std::vector<Outcome>> events;  // Or of each of several.
};

struct CaseFile {
  std::string path;
  std::optional<TableSchema> table;  // Without one the database is asked.
  std::vector<Case> cases;
  std::vector<config::Problem> problems;  // With their places; then nothing else counts.
};

// `columns`: those that the config fills.
CaseFile ReadCaseFile(const std::string& path, std::string_view text,
                      const std::vector<std::string>& columns);

}  // namespace bauta::cli
