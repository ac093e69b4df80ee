#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.h"
#include "schema/schema.h"

namespace bauta::cli {

void PrintVersion(const Context& context) {
  if (context.json) {
    fmt::print("{{\"version\":\"{}\",\"schema_version\":{}}}\n", BAUTA_VERSION,
               schema::kSchemaVersion);
  } else {
    fmt::print("bauta {} (schema {})\n", BAUTA_VERSION, schema::kSchemaVersion);
  }
}

void AddVersion(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("version", "Say which version this is");
  command->callback([&context] { PrintVersion(context); });
}

}  // namespace bauta::cli
