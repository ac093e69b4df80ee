// `bauta run`: its flags, and how it reports.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "base/text.h"
#include "cli/command.h"
#include "cli/run.h"
#include "cli/signals.h"

namespace bauta::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kDryRunMessages = 100;
constexpr milliseconds kDryRunIdle{2000};

struct RunFlags {
  RunOptions options;
  std::string idle, max_duration, wait;
  int workers = 0;
  bool fail_on_quarantine = false;
  int empty_exit_code = 0;
};

// The durations that were given as text; kConfig if one is none.
Result<RunOptions> ReadOptions(const RunFlags& flags) {
  RunOptions options = flags.options;
  const auto read = [](const char* name, const std::string& text,
                       std::optional<milliseconds>& to) -> Result<> {
    if (text.empty()) return Ok();
    to = ParseDuration(text);
    if (!to) {
      return ConfigError(fmt::format("--{}: \"{}\" is not a duration", name, text),
                         "write a number and ms, s, m, h or d: 30s");
    }
    return Ok();
  };
  TRY(read("idle", flags.idle, options.idle));
  TRY(read("max-duration", flags.max_duration, options.max_duration));
  TRY(read("wait", flags.wait, options.wait));
  if (options.dry_run) {  // It gives back what it read, so it would never find the queue empty.
    if (options.max_messages == 0) options.max_messages = kDryRunMessages;
    if (!options.idle) options.idle = kDryRunIdle;
    options.until_empty = false;
    options.progress = false;
  }
  return options;
}

int ExitCode(const RunSummary& summary, const RunFlags& flags) {
  if (summary.error) {
    return summary.error->code == ErrorCode::kConfig && summary.counts.committed == 0 ? kUsage
                                                                                      : kFailed;
  }
  if (!summary.drained) return kFailed;
  if (flags.fail_on_quarantine && summary.counts.quarantined > 0) return kQuarantined;
  if (summary.counts.received == 0) return flags.empty_exit_code;
  return kDone;
}

void Report(Context& context, const RunSummary& summary, const RunFlags& flags) {
  if (summary.error) context.Fail(*summary.error);
  if (!summary.drained) {
    context.Fail(Fatal("not everything was committed within shutdown.grace",
                       "what was held has been released and comes again"));
  }
  context.exit_code = ExitCode(summary, flags);
  if (context.json) {
    fmt::print("{}\n", SummaryJson(summary));
  } else if (!context.quiet) {
    // After a dry run's rows, which may go to another program, it is for the person.
    fmt::print(flags.options.dry_run ? stderr : stdout, "{}", SummaryText(summary));
  }
}

Error WithWaitHint(Error error, const RunOptions& options) {
  const bool told = error.hint.find("--wait") != std::string::npos;
  if (error.code != ErrorCode::kRetryable || options.wait || told) return error;
  error.hint += std::string(error.hint.empty() ? "" : " ") + "`bauta run --wait 60s` waits for it";
  return error;
}

void Run(Context& context, const RunFlags& flags) {
  std::optional<config::Config> config = context.LoadConfig();
  if (!config) return;
  const std::stop_token stop = StopOnSignals(Hangup::kCalls);
  if (flags.workers > 0) config->workers = flags.workers;
  const Result<RunOptions> options = ReadOptions(flags);
  if (!options.ok()) return context.Fail(options.error());
  const Result<RunSummary> summary = RunPipeline(*config, *options, context, stop);
  if (!summary.ok()) return context.Fail(WithWaitHint(summary.error(), *options));
  Report(context, *summary, flags);
}

}  // namespace

void AddRun(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("run", "Move messages from the queue to the table");
  const auto flags = std::make_shared<RunFlags>();
  command->add_flag("--until-empty", flags->options.until_empty, "Stop when the queue is empty");
  command
      ->add_option("--idle", flags->idle,
                   "Stop when nothing came for so long: 30s (default: never)")
      ->type_name("DURATION");
  command
      ->add_option("--max-messages", flags->options.max_messages,
                   "Stop after so many (default: no limit)")
      ->type_name("N");
  command
      ->add_option("--max-duration", flags->max_duration,
                   "Stop after so long: 10m (default: no limit)")
      ->type_name("DURATION");
  command->add_option("--workers", flags->workers, "Workers (default: the config's)")
      ->check(CLI::Range(1, 64));
  command
      ->add_option("--wait", flags->wait,
                   "Wait so long for queue and database: 60s (default: not at all)")
      ->type_name("DURATION");
  command->add_flag("--dry-run", flags->options.dry_run,
                    "Print the rows of the first messages, write nothing, give them back; ends "
                    "after 100 messages or 2s without one, unless --max-messages or --idle say "
                    "otherwise");
  command->add_flag("--accept-new-tokens", flags->options.accept_new_tokens,
                    "Run although a masked column changed: its new tokens join with no old ones");
  command->add_flag("--fail-on-quarantine", flags->fail_on_quarantine,
                    "Exit with 4 when events were quarantined");
  command
      ->add_option("--empty-exit-code", flags->empty_exit_code,
                   "Exit with this when there was nothing to do (default: 0)")
      ->check(CLI::Range(0, 255))
      ->type_name("N");
  command->callback([&context, flags] { Run(context, *flags); });
}

}  // namespace bauta::cli
