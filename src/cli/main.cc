#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

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
  AddDemo(app, context);
  AddQuickstart(app, context);
  AddRun(app, context);
  AddCheck(app, context);
  AddInit(app, context);
  AddKeys(app, context);
  AddQuarantine(app, context);
  AddQueue(app, context);
  AddConfig(app, context);
  AddVersion(app, context);
  if (const auto safe = bauta::crypto::ProtectProcess(); !safe.ok()) {
    context.Fail(safe.error());
    return context.exit_code;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help is no error; everything else is a usage error.
    return app.exit(error) == 0 ? bauta::cli::kDone : bauta::cli::kUsage;
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
