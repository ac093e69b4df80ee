#include "cli/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "cli/load_config.h"
#include "config/load.h"

extern char** environ;

namespace bauta::cli {
namespace {

constexpr const char* kDefaultFile = "bauta.yaml";

config::Environment ReadEnvironment() {
  config::Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos) {
      environment.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
  }
  return environment;
}

std::string Variable(const config::Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

bool UseColor(const Context& context) { return context.color == "always" || context.Interactive(); }

}  // namespace

config::Sources SourcesOf(const Context& context) {
  config::Sources sources;
  sources.environment = ReadEnvironment();
  sources.sets = context.sets;
  sources.file = context.ConfigFile();
  if (context.quiet) sources.flags.push_back({"--quiet", "log.level", "error"});
  if (context.verbose) sources.flags.push_back({"--verbose", "log.level", "debug"});
  if (!context.log_level.empty()) {
    sources.flags.push_back({"--log-level", "log.level", context.log_level});
  }
  if (!context.log_format.empty()) {
    sources.flags.push_back({"--log-format", "log.format", context.log_format});
  }
  return sources;
}

void PrintProblems(const Context& context, const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    if (context.quiet && problem.severity == config::Severity::kWarning) continue;
    fmt::print(stderr, "{}", config::Format(problem, UseColor(context)));
  }
  const auto error = std::find_if(problems.begin(), problems.end(), [](const config::Problem& p) {
    return p.severity == config::Severity::kError;
  });
  if (error == problems.end() || context.quiet) return;
  fmt::print(stderr, "`bauta explain {}` tells cause and cure\n", error->code);
}

std::string Context::ConfigFile() const {
  if (!config_file.empty()) return config_file;
  const char* const variable = std::getenv("BAUTA_CONFIG");
  if (variable != nullptr && *variable != '\0') return variable;
  return access(kDefaultFile, F_OK) == 0 ? kDefaultFile : "";
}

std::optional<config::Config> Context::LoadConfig() {
  loaded = config::Load(SourcesOf(*this));
  PrintProblems(*this, loaded->problems);
  if (!loaded->ok()) {
    exit_code = kUsage;
    return std::nullopt;
  }
  log::Configure(loaded->config.log_level, loaded->config.log_format);
  return loaded->config;
}

void Context::WithConfig(const std::function<Result<>(const config::Config&)>& work) {
  const std::optional<config::Config> config = LoadConfig();
  if (!config) return;
  if (const Result<> done = work(*config); !done.ok()) Fail(done.error());
}

void Context::Fail(const Error& error) {
  if (loaded && !blame.code().empty()) {
    PrintProblems(*this, {loaded->At(blame.code(), blame.path(), error.message, error.hint)});
  } else {
    const bool painted = UseColor(*this);
    fmt::print(stderr, "bauta: {}error:{} {}\n", painted ? "\x1b[1;31m" : "",
               painted ? "\x1b[0m" : "", error.message);
    if (!error.hint.empty()) fmt::print(stderr, "  {}\n", error.hint);
  }
  switch (error.code) {
    case ErrorCode::kConfig:
    case ErrorCode::kRejected:
      exit_code = kUsage;
      return;
    case ErrorCode::kRetryable:
      exit_code = kUnreachable;
      return;
    case ErrorCode::kFatal:
      exit_code = kFailed;
  }
}

bool Context::Interactive() const {
  if (color == "never" || isatty(STDERR_FILENO) == 0) return false;
  if (color == "always") return true;
  const config::Environment environment = ReadEnvironment();
  return Variable(environment, "NO_COLOR").empty() && Variable(environment, "TERM") != "dumb";
}

}  // namespace bauta::cli
