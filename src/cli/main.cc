#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/command.h"
#include "crypto/process.h"

namespace {

using bauta::cli::Context;

void AddGlobalFlags(CLI::App& app, Context& context) {
  app.add_option("-c,--config", context.config_file,
                 "Config file (else BAUTA_CONFIG, else bauta.yaml)")
      ->type_name("FILE");
  app.add_option("--set", context.sets, "Set one key of the config: a.b=c")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option_function<std::string>(
         "-o,--output", [&context](const std::string& format) { context.json = format == "json"; },
         "Output: text or json")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--log-level", context.log_level, "debug, info, warn, error or off")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
  app.add_option("--log-format", context.log_format, "auto, text or json")
      ->check(CLI::IsMember({"auto", "text", "json"}));
  app.add_option("--color", context.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("-q,--quiet", context.quiet, "Only errors");
  app.add_flag("-v,--verbose", context.verbose, "More log lines");
  app.add_flag("--no-input", context.no_input, "Never ask");
  app.add_flag("--yes", context.yes, "Answer every question with yes");
}

// The command that was given, as far as it is known.
const CLI::App& Deepest(const CLI::App& app) {
  const std::vector<const CLI::App*> given =
      app.get_subcommands([](const CLI::App* command) { return command->count_all() > 0; });
  return given.empty() ? app : Deepest(*given.front());
}

// A word that stands where a command should, or empty.
std::string UnknownCommand(const CLI::App& app, const CLI::App& deepest) {
  if (deepest.get_subcommands([](const CLI::App*) { return true; }).empty()) return {};
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with('-')) return word;
  }
  return {};
}

std::string Suggestion(const CLI::App& deepest, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : deepest.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::optional<std::string_view> nearest = bauta::Nearest(word, views);
  return nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : "";
}

// "bauta keys list"
std::string Called(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return (parent == nullptr ? "" : Called(*parent) + " ") + command.get_name();
}

bauta::Error UsageError(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& deepest = Deepest(app);
  const std::string hint = fmt::format("see: {} --help", Called(deepest));
  const std::string word = UnknownCommand(app, deepest);
  if (!word.empty()) {
    return bauta::ConfigError(
        fmt::format("unknown command \"{}\"{}", word, Suggestion(deepest, word)), hint);
  }
  return bauta::ConfigError(error.what(), hint);
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Context context;
  CLI::App app(
      "Bauta moves JSON events from Amazon SQS into PostgreSQL, exactly one row each, and\n"
      "pseudonymises the personal data on the way.  Try: bauta demo",
      "bauta");
  app.fallthrough();
  app.require_subcommand(1);
  AddGlobalFlags(app, context);
  bool version = false;
  app.add_flag("--version", version, "Say which version this is");
  AddDemo(app, context);
  AddQuickstart(app, context);
  AddRun(app, context);
  AddStatus(app, context);
  AddCheck(app, context);
  AddInit(app, context);
  AddKeys(app, context);
  AddQuarantine(app, context);
  AddQueue(app, context);
  AddConfig(app, context);
  AddExplain(app, context);
  AddVersion(app, context);
  if (const auto safe = bauta::crypto::ProtectProcess(); !safe.ok()) {
    context.Fail(safe.error());
    return context.exit_code;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // Help.
    if (version && app.remaining(true).empty()) {
      PrintVersion(context);
    } else {
      context.Fail(UsageError(app, error));
    }
  }
  return context.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const std::exception&) {
    // What() of a library's exception may quote its input: say only that it happened.
    std::fprintf(stderr, "bauta: error: internal error; please report it\n");
    return bauta::cli::kFailed;
  }
}
