#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <string>

#include "cli/command_tree.h"

namespace bauta::cli {
namespace {

void AddGlobalFlags(CLI::App& app, Context& context) {
  app.add_option("-c,--config", context.config_file,
                 "Config file (else BAUTA_CONFIG, else bauta.yaml)")
      ->type_name("FILE");
  app.add_option("--set", context.sets, "Set one key of the config: source.sqs.queue=logins")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option_function<std::string>(
         "-o,--output", [&context](const std::string& format) { context.json = format == "json"; },
         "For people, or for scripts")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--log-level", context.log_level, "Else the config's log.level")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
  app.add_option("--log-format", context.log_format, "Else the config's log.format")
      ->check(CLI::IsMember({"auto", "text", "json"}));
  app.add_option("--color", context.color, "auto: on a terminal, unless NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("-q,--quiet", context.quiet, "Only errors");
  app.add_flag("-v,--verbose", context.verbose, "More log lines");
  app.add_flag("--no-input", context.no_input, "Never ask");
  app.add_flag("--yes", context.yes, "Answer every question with yes");
}

}  // namespace

void AddCommands(CLI::App& app, Context& context) {
  app.formatter_fn([](const CLI::App* command, const std::string&, CLI::AppFormatMode) {
    std::string parents;
    for (const CLI::App* at = command->get_parent(); at != nullptr; at = at->get_parent()) {
      parents.insert(0, at->get_name() + (parents.empty() ? "" : " "));
    }
    return HelpText(ReadTree(*command, parents));
  });
  app.set_help_flag("-h,--help", "Say this");
  AddGlobalFlags(app, context);
  AddDemo(app, context);
  AddQuickstart(app, context);
  AddRun(app, context);
  AddStatus(app, context);
  AddCheck(app, context);
  AddInit(app, context);
  AddTest(app, context);
  AddKeys(app, context);
  AddQuarantine(app, context);
  AddLookup(app, context);
  AddReveal(app, context);
  AddMigrateLegacy(app, context);
  AddRekey(app, context);
  AddAudit(app, context);
  AddErase(app, context);
  AddSubject(app, context);
  AddExpire(app, context);
  AddQueue(app, context);
  AddConfig(app, context);
  AddExplain(app, context);
  AddCompletion(app);
  AddMan(app);
  AddVersion(app, context);
}

}  // namespace bauta::cli
