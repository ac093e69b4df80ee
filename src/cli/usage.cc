#include "cli/usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"

namespace bauta::cli {
namespace {

bool Any(const CLI::App*) { return true; }

// The command that was given, as far as it is known.
const CLI::App& Deepest(const CLI::App& app) {
  const std::vector<const CLI::App*> given =
      app.get_subcommands([](const CLI::App* command) { return command->count_all() > 0; });
  return given.empty() ? app : Deepest(*given.front());
}

// "bauta keys list"
std::string Called(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return (parent == nullptr ? "" : Called(*parent) + " ") + command.get_name();
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(Any)) names.push_back(command->get_name());
  return names;
}

// Also of the commands above: their flags go everywhere.
std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string Suggestion(const std::vector<std::string>& names, const std::string& word) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::optional<std::string_view> nearest = Nearest(word, views);
  return nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : "";
}

Error MissingCommand(const CLI::App& deepest) {
  return ConfigError(
      deepest.get_parent() == nullptr ? "a command is missing"
                                      : fmt::format("{}: a command is missing", Called(deepest)),
      fmt::format("one of: {}\n  see: {} --help{}", fmt::join(CommandNames(deepest), ", "),
                  Called(deepest),
                  deepest.get_parent() == nullptr ? "; try it out: bauta demo" : ""));
}

}  // namespace

std::string UnknownCommand(const CLI::App& app) {
  if (CommandNames(Deepest(app)).empty()) return {};
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with('-')) return word;
  }
  return {};
}

Error UsageError(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& deepest = Deepest(app);
  const std::string hint = fmt::format("see: {} --help", Called(deepest));
  if (const std::string word = UnknownCommand(app); !word.empty()) {
    return ConfigError(
        fmt::format("unknown command \"{}\"{}", word, Suggestion(CommandNames(deepest), word)),
        hint);
  }
  if (const std::vector<std::string> rest = app.remaining(true); !rest.empty()) {
    const std::string word = rest.front().substr(0, rest.front().find('='));
    if (!word.starts_with('-')) {
      return ConfigError(fmt::format("{}: nothing to do with \"{}\"", Called(deepest), word), hint);
    }
    return ConfigError(
        fmt::format("unknown option \"{}\"{}", word, Suggestion(OptionNames(deepest), word)), hint);
  }
  const bool none_given = !CommandNames(deepest).empty();
  return none_given ? MissingCommand(deepest) : ConfigError(error.what(), hint);
}

}  // namespace bauta::cli
