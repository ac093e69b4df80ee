#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/load_config.h"
#include "config/load.h"
#include "config/print.h"

namespace bauta::cli {
namespace {

void Show(Context& context, bool origins) {
  const config::Loaded loaded = config::Load(SourcesOf(context));
  PrintProblems(context, loaded.problems);
  if (!loaded.ok()) {
    context.exit_code = kUsage;
    return;
  }
  if (context.json) {
    fmt::print("{}\n", config::ShowJson(loaded.settings, origins));
  } else {
    fmt::print("{}", config::ShowYaml(loaded.settings, origins));
  }
}

void PrintExample(Context& context, const std::string& name) {
  if (name == "logins") {
    fmt::print("{}", config::Example());
    return;
  }
  context.Fail(ConfigError(fmt::format("there is no example \"{}\"", name), "there is: logins"));
}

}  // namespace

void AddConfig(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("config", "Show, begin or describe a config");
  command->require_subcommand(1);

  const auto origins = std::make_shared<bool>(false);
  CLI::App* const show = command->add_subcommand("show", "The config in effect, secrets redacted");
  show->add_flag("--origin", *origins, "Say where each value comes from");
  show->callback([&context, origins] { Show(context, *origins); });

  const auto name = std::make_shared<std::string>("logins");
  CLI::App* const example = command->add_subcommand("example", "A config to start from");
  example->add_option("name", *name, "Which one: logins")->type_name("NAME");
  example->callback([&context, name] { PrintExample(context, *name); });

  CLI::App* const schema = command->add_subcommand("schema", "A JSON Schema for editors");
  schema->callback([] { fmt::print("{}\n", config::JsonSchema()); });
}

}  // namespace bauta::cli
