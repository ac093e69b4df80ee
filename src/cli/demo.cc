// `bauta demo`: queue, database, keys and logins of its own, one real run, and what came of it.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "cli/demo_parts.h"
#include "cli/demo_report.h"
#include "cli/run.h"
#include "cli/samples.h"
#include "cli/signals.h"
#include "cli/temp_postgres.h"
#include "queue/server.h"

namespace bauta::cli {
namespace {

constexpr std::uint64_t kSeed = 20261121;

struct DemoFlags {
  bool keep = false;
  std::size_t messages = 10'000;
};

// Says on stderr what has been done and how long it took.
class Steps {
 public:
  explicit Steps(bool quiet) : quiet_(quiet) {}
  void Done(const std::string& what) {
    const SteadyTime now = SystemClock().SteadyNow();
    const std::chrono::duration<double> taken = now - since_;
    if (!quiet_) fmt::print(stderr, "{} ({:.1f} s)\n", what, taken.count());
    since_ = now;
  }

 private:
  const bool quiet_;
  SteadyTime since_ = SystemClock().SteadyNow();
};

// The demo must come out the same wherever it runs: it talks to its own servers only, so neither
// the caller's AWS account nor a proxy has a say.  Before other threads exist.
void ForgetTheSurroundings() {
  for (const char* name :
       {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS",
        "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
    unsetenv(name);
  setenv("AWS_ACCESS_KEY_ID", "test", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "test", 1);
  setenv("AWS_REGION", "us-east-1", 1);
}

void ConfigureLog(const Context& context) {
  log::Configure(log::ParseLevel(context.log_level)
                     .value_or(context.verbose ? log::Level::kInfo : log::Level::kWarn),
                 log::ParseFormat(context.log_format).value_or(log::Format::kAuto));
}

void Show(const Context& context, const RunSummary& summary, const DemoFindings& findings,
          const DemoPlace& place, bool keep) {
  if (context.json) {
    const std::string more =
        keep ? fmt::format(R"(,"database_url":{},"endpoint":{})", JsonString(place.database_url),
                           JsonString(place.endpoint))
             : "";
    fmt::print("{}\n", SummaryJson(summary, more));
  } else {
    fmt::print("\n{}", DemoReport(summary, findings));
    fmt::print("{}", keep ? DemoConnections(place.database_url, place.endpoint, place.queue,
                                            place.config_file)
                          : DemoNextSteps());
  }
  std::fflush(stdout);
}

Error StoppedEarly() { return Fatal("stopped before the run began"); }

// `begun` becomes true once a stop is the run's business.
Result<> Demo(Context& context, const DemoFlags& flags, bool& begun) {
  ForgetTheSurroundings();
  ConfigureLog(context);
  const std::stop_token stop = StopOnSignals();
  Steps steps(context.quiet || context.json);

  const TempPostgres postgres = TRY(TempPostgres::Start());
  const std::unique_ptr<queue::Server> server =
      TRY(queue::Server::Start({.listen = "127.0.0.1:0", .queues = {kDemoQueue}}));
  const DemoPlace place{.directory = postgres.directory(),
                        .config_file = postgres.directory() / "bauta.yaml",
                        .database_url = postgres.url(),
                        .endpoint = server->endpoint(),
                        .queue = kDemoQueue};
  if (stop.stop_requested()) return StoppedEarly();
  const config::Config config = TRY(PrepareDemo(place));
  steps.Done("A throw-away PostgreSQL and an SQS-compatible queue are up");

  TRY(SendToQueue(place, SampleLogins(flags.messages, kSeed)));
  if (stop.stop_requested()) return StoppedEarly();
  steps.Done(fmt::format("{} sample logins are in the queue", WithCommas(flags.messages)));

  RunOptions options;
  options.until_empty = true;
  begun = true;
  const RunSummary summary = TRY(RunPipeline(config, options, context, stop));
  if (summary.error) return *summary.error;
  const bool stopped = summary.stopped == Stopped::kSignal;
  if (stopped && !context.quiet) {
    fmt::print(stderr, "stopped before the queue was empty: {} of {} messages were committed\n",
               WithCommas(summary.counts.committed), WithCommas(flags.messages));
  }
  const bool keep = flags.keep && !stopped;
  DemoFindings findings = TRY(ReadFindings(place));
  if (!findings.addresses.empty()) {
    findings.way_back = TRY(FindWayBack(place, config, findings.addresses.front().token));
  }
  Show(context, summary, findings, place, keep);
  if (keep) WaitForStop(stop);
  return Ok();
}

}  // namespace

void AddDemo(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand(
      "demo", "The whole thing on this machine: a queue, a database, sample logins, one run");
  const auto flags = std::make_shared<DemoFlags>();
  command->add_flag("--keep", flags->keep, "Leave queue and database running until Ctrl-C");
  command->add_option("--messages", flags->messages, "How many sample logins")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command->callback([&context, flags] {
    bool begun = false;
    const Result<> done = Demo(context, *flags, begun);
    if (done.ok()) return;
    // Ctrl-C reaches initdb and the server too: whatever failed then, it is no failure.
    const bool early = !begun && StopSignal() != 0;
    context.Fail(early ? StoppedEarly() : done.error());
    if (early) context.exit_code = 128 + StopSignal();
  });
}

}  // namespace bauta::cli
