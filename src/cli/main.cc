#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/usage.h"
#include "crypto/process.h"

namespace {

using bauta::cli::Context;

// The words of the command line, last first, as CLI11 wants them; `bauta help keys` is
// `bauta keys --help`.
std::vector<std::string> Words(int argc, char** argv) {
  std::vector<std::string> words;
  for (int i = argc - 1; i > 0; --i) words.emplace_back(argv[i]);
  if (!words.empty() && words.back() == "help") {
    words.pop_back();
    words.insert(words.begin(), "--help");
  }
  return words;
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Context context;
  CLI::App app(
      "Bauta moves JSON events from Amazon SQS into PostgreSQL, exactly one row each, and "
      "pseudonymises the personal data on the way.  Try: bauta demo",
      "bauta");
  app.fallthrough();
  app.require_subcommand(1);
  AddCommands(app, context);
  bool version = false;
  app.add_flag("--version", version, "Say which version this is");
  if (const auto safe = bauta::crypto::ProtectProcess(); !safe.ok()) {
    context.Fail(safe.error());
    return context.exit_code;
  }
  try {
    app.parse(Words(argc, argv));
  } catch (const CLI::ParseError& error) {
    const bool help = error.get_exit_code() == 0;
    if (help && bauta::cli::UnknownCommand(app).empty()) return app.exit(error);
    if (version && app.remaining(true).empty()) {
      PrintVersion(context);
    } else {
      context.Fail(bauta::cli::UsageError(app, error));
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
