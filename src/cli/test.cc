// `bauta test FILE...`: golden cases, a body in and a row or a reason out; for one's own CI.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/case_file.h"
#include "cli/case_runner.h"
#include "cli/case_table.h"
#include "cli/command.h"
#include "cli/load_config.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "config/load.h"

namespace bauta::cli {
namespace {

struct Failure {
  std::string file;
  const Case* of;
  std::vector<Difference> differences;
};

struct Outcome {
  std::size_t passed = 0;
  std::vector<Failure> failures;
};

// Where neither queue nor database nor keys are touched, what they need may be missing.
bool Matters(const config::Problem& problem) {
  const bool missing =
      problem.code == config::codes::kUndefined || problem.code == config::codes::kSecretFile;
  return !missing || problem.path.starts_with("columns");
}

// The config without what only a run needs; problems are printed, and exit_code set.
bool LoadForTests(Context& context, bool offline) {
  config::Loaded loaded = config::Load(SourcesOf(context));
  if (offline) std::erase_if(loaded.problems, [](const auto& p) { return !Matters(p); });
  PrintProblems(context, loaded.problems);
  if (!loaded.ok()) context.exit_code = kUsage;
  context.loaded = std::move(loaded);
  return context.loaded->ok();
}

// Read once: it may be a pipe.
struct Text {
  std::string path;
  Result<std::string> text;
};

std::vector<Text> ReadTexts(const std::vector<std::string>& paths) {
  std::vector<Text> texts;
  for (const std::string& path : paths) texts.push_back({path, config::ReadSmallFile(path)});
  return texts;
}

CaseFile ToCases(const Text& of, const std::vector<std::string>& columns) {
  if (of.text.ok()) return ReadCaseFile(of.path, *of.text, columns);
  CaseFile file;
  file.path = of.path;
  file.problems.push_back({.code = std::string(config::codes::kUnreadable),
                           .file = of.path,
                           .message = "cannot read it: " + of.text.error().message});
  return file;
}

Result<TableSchema> TableOfDatabase(Context& context) {
  pg::Connection connection = TRY(Connect(context.loaded->config, context.blame));
  return ReadTarget(connection, context.loaded->config, context.blame);
}

Result<Outcome> RunCases(Context& context, const std::vector<CaseFile>& files) {
  Outcome outcome;
  std::optional<TableSchema> of_database;
  for (const CaseFile& file : files) {
    if (!file.table && !of_database) of_database = TRY(TableOfDatabase(context));
    CaseRunner runner = TRY(CaseRunner::Make(
        context.loaded->config, file.table ? *file.table : *of_database, context.blame));
    for (const Case& golden : file.cases) {
      std::vector<Difference> differences = runner.Run(golden);
      if (differences.empty()) {
        ++outcome.passed;
      } else {
        outcome.failures.push_back({file.path, &golden, std::move(differences)});
      }
    }
  }
  return outcome;
}

std::string FailureText(const Failure& failure) {
  std::string text = fmt::format("{}:{}:{}: failed: {}\n", failure.file, failure.of->place.line,
                                 failure.of->place.column, failure.of->name);
  for (const Difference& d : failure.differences) {
    const std::string what = d.column.empty() ? "" : d.column + ": ";
    text += fmt::format("  {}expected {}\n  {:>{}}got {}\n", what, d.expected, "", what.size() + 5,
                        d.actual);
  }
  return text;
}

std::string FailureJson(const Failure& failure) {
  std::string differences;
  for (const Difference& d : failure.differences) {
    differences += fmt::format(R"({}{{"column":{},"expected":{},"actual":{}}})",
                               differences.empty() ? "" : ",",
                               d.column.empty() ? "null" : JsonString(d.column),
                               JsonString(d.expected), JsonString(d.actual));
  }
  return fmt::format(R"({{"file":{},"line":{},"column":{},"name":{},"differences":[{}]}})",
                     JsonString(failure.file), failure.of->place.line, failure.of->place.column,
                     JsonString(failure.of->name), differences);
}

void Report(const Context& context, const Outcome& outcome) {
  if (!context.json) {
    for (const Failure& failure : outcome.failures) fmt::print("{}", FailureText(failure));
    fmt::print("{} passed, {} failed\n", outcome.passed, outcome.failures.size());
    return;
  }
  std::string failures;
  for (const Failure& failure : outcome.failures) {
    failures += (failures.empty() ? "" : ",") + FailureJson(failure);
  }
  fmt::print("{{\"passed\":{},\"failed\":{},\"failures\":[{}]}}\n", outcome.passed,
             outcome.failures.size(), failures);
}

void Test(Context& context, const std::vector<std::string>& paths) {
  // First without the columns: whether a file has a table decides what the config must say.
  const std::vector<Text> texts = ReadTexts(paths);
  const bool offline = std::all_of(texts.begin(), texts.end(), [](const Text& text) {
    const CaseFile file = ToCases(text, {});
    return file.table.has_value() || !file.problems.empty();
  });
  if (!LoadForTests(context, offline)) return;
  std::vector<CaseFile> files;
  bool good = true;
  const std::vector<std::string> columns = ColumnNames(context.loaded->config.mapping);
  for (const Text& text : texts) {
    files.push_back(ToCases(text, columns));
    PrintProblems(context, files.back().problems);
    good = good && files.back().problems.empty();
  }
  if (!good) {
    context.exit_code = kUsage;
    return;
  }
  const Result<Outcome> outcome = RunCases(context, files);
  if (!outcome.ok()) return context.Fail(outcome.error());
  Report(context, *outcome);
  if (!outcome->failures.empty()) context.exit_code = kFailed;
}

void PrintTable(Context& context) {
  if (!LoadForTests(context, false)) return;
  const Result<TableSchema> table = TableOfDatabase(context);
  if (!table.ok()) return context.Fail(table.error());
  fmt::print("{}", TableSection(*table));
}

}  // namespace

void AddTest(CLI::App& app, Context& context) {
  CLI::App* const command =
      app.add_subcommand("test", "Golden cases: a body in, a row or a reason out; for your CI");
  const auto paths = std::make_shared<std::vector<std::string>>();
  const auto print = std::make_shared<bool>(false);
  command->add_option("FILE", *paths, "Files of cases: docs/testing.md")->type_name("FILE");
  command->add_flag("--print-table", *print,
                    "Print the table's types for a file of cases, so that it needs no database");
  command->callback([&context, paths, print] {
    if (*print) return PrintTable(context);
    if (!paths->empty()) return Test(context, *paths);
    context.Fail(ConfigError("no file of cases is named",
                             "bauta test cases.yaml; the manual: docs/testing.md"));
  });
}

}  // namespace bauta::cli
