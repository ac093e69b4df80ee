#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/log.h"
#include "cli/aws_identity.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/load_config.h"
#include "config/load.h"

namespace bauta::cli {
namespace {

void Conclude(const Context& context, const config::Loaded& loaded, Depth depth,
              const std::string& versions, const std::string& identity) {
  if (context.json) {
    fmt::print("{}\n", config::ToJson(loaded.problems));
    return;
  }
  PrintProblems(context, loaded.problems);
  if (context.quiet) return;
  if (!identity.empty()) fmt::print(stderr, "AWS: {}\n", identity);
  const auto is_error = [](const config::Problem& p) {
    return p.severity == config::Severity::kError;
  };
  const auto errors = std::count_if(loaded.problems.begin(), loaded.problems.end(), is_error);
  const auto warnings = static_cast<std::ptrdiff_t>(loaded.problems.size()) - errors;
  if (errors == 0) {
    fmt::print("{}{}: well{}{}\n", loaded.config.file.empty() ? "config" : loaded.config.file,
               depth == Depth::kOffline ? " (offline)" : ", queue and database",
               versions.empty() ? "" : fmt::format(" ({})", versions),
               warnings == 0 ? "" : fmt::format(", {} warning(s)", warnings));
  } else {
    fmt::print(stderr, "{} error(s), {} warning(s){}\n", errors, warnings,
               versions.empty() ? "" : fmt::format(" ({})", versions));
  }
}

void Check(Context& context, Depth depth) {
  config::Loaded loaded = config::Load(SourcesOf(context));
  std::string versions, identity;
  if (loaded.ok()) {
    log::Configure(loaded.config.log_level, loaded.config.log_format);
    versions = CheckMeaning(loaded, depth);
    if (depth == Depth::kConnections) {
      identity = CheckAwsIdentity(loaded, aws::SystemEnvironment());
    }
  }
  context.exit_code = CheckExitCode(loaded.problems);
  Conclude(context, loaded, depth, versions, identity);
}

}  // namespace

void AddCheck(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("check", "Is this config right?");
  const auto offline = std::make_shared<bool>(false);
  command->add_flag("--offline", *offline, "Ask neither queue nor database");
  command->callback(
      [&context, offline] { Check(context, *offline ? Depth::kOffline : Depth::kConnections); });
}

}  // namespace bauta::cli
