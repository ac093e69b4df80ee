#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

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

std::string ExampleNames() {
  std::vector<std::string_view> names;
  for (const config::NamedExample& example : config::Examples()) names.push_back(example.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

// The config, and as comments the table that it fills: `init --create-table` makes only the first.
void PrintExample(Context& context, const std::string& name) {
  const auto found = std::ranges::find(config::Examples(), name, &config::NamedExample::name);
  if (found == config::Examples().end()) {
    return context.Fail(ConfigError(fmt::format("there is no example \"{}\"", name),
                                    "there is: " + ExampleNames()));
  }
  fmt::print("{}", found->config);
  if (name == "logins") return;
  fmt::print("\n# The table:\n");
  std::istringstream table{std::string(found->table)};
  for (std::string line; std::getline(table, line);) fmt::print("# {}\n", line);
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
  example->add_option("name", *name, "Which one: " + ExampleNames())->type_name("NAME");
  example->callback([&context, name] { PrintExample(context, *name); });

  CLI::App* const schema = command->add_subcommand("schema", "A JSON Schema for editors");
  schema->callback([] { fmt::print("{}\n", config::JsonSchema()); });
}

}  // namespace bauta::cli
