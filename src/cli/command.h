// What all subcommands share: the flags that go everywhere, loading the config, ending.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/blame.h"
#include "config/load.h"

namespace CLI {
class App;
}

namespace bauta::cli {

// The exit codes that are promised.
enum Exit { kDone = 0, kFailed = 1, kUsage = 2, kUnreachable = 3, kQuarantined = 4 };

// The flags that every command takes, and how it ends.  One for the process; main thread.
struct Context {
  std::string config_file;        // -c; empty: BAUTA_CONFIG, else ./bauta.yaml
  std::vector<std::string> sets;  // --set a.b=c
  bool json = false;              // -o json
  std::string log_level, log_format, color = "auto";
  bool quiet = false, verbose = false, no_input = false, yes = false;

  int exit_code = kDone;  // What main returns; a command's callback sets it.

  std::optional<config::Loaded> loaded;  // By LoadConfig, for the places of its settings.
  Blame blame;                           // Of the failure that goes to Fail.

  // -c, else BAUTA_CONFIG, else ./bauta.yaml if it is there, else empty.
  std::string ConfigFile() const;
  // The config with flags, BAUTA__ variables, file and defaults merged.  On problems prints all of
  // them to stderr, sets exit_code to kUsage and returns nothing.
  std::optional<config::Config> LoadConfig();
  // Does `work` with the config; what goes wrong, with either, is said and set as above and below.
  void WithConfig(const std::function<Result<>(const config::Config&)>& work);
  // Prints "bauta: error: MESSAGE" and the hint to stderr, or, if a setting is to blame, the
  // problem at its place; sets exit_code: kUsage for kConfig and kRejected, kUnreachable for
  // kRetryable, kFailed for kFatal.
  void Fail(const Error& error);
  // Colours and progress bars: only if stderr is a terminal that wants them.
  bool Interactive() const;
};

// Each adds its subcommand to `app`; its callback does the work.  `context` outlives `app`.
void AddRun(CLI::App& app, Context& context);
void AddInit(CLI::App& app, Context& context);
void AddStatus(CLI::App& app, Context& context);
void AddCheck(CLI::App& app, Context& context);
void AddKeys(CLI::App& app, Context& context);
void AddQuarantine(CLI::App& app, Context& context);
void AddLookup(CLI::App& app, Context& context);
void AddMigrateLegacy(CLI::App& app, Context& context);
void AddReveal(CLI::App& app, Context& context);
void AddRekey(CLI::App& app, Context& context);
void AddAudit(CLI::App& app, Context& context);
void AddErase(CLI::App& app, Context& context);
void AddSubject(CLI::App& app, Context& context);
void AddExpire(CLI::App& app, Context& context);
void AddQueue(CLI::App& app, Context& context);  // serve and the client verbs
void AddConfig(CLI::App& app, Context& context);
void AddDemo(CLI::App& app, Context& context);
void AddQuickstart(CLI::App& app, Context& context);
void AddVersion(CLI::App& app, Context& context);
void AddExplain(CLI::App& app, Context& context);
void AddTest(CLI::App& app, Context& context);
void AddCompletion(CLI::App& app);
void AddMan(CLI::App& app);

void PrintVersion(const Context& context);

}  // namespace bauta::cli
