// `bauta quickstart`: a queue and a database of one's own, and nothing else prepared.  Writes what
// is missing (config, keys, schema, table), waits for both, runs, and shows what came of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include "aws/sqs_client.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/demo_parts.h"
#include "cli/demo_report.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "cli/wiring.h"
#include "keys/generate.h"
#include "keys/key_file.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "schema/schema.h"

namespace bauta::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

struct QuickstartFlags {
  std::string queue, directory = "bauta", wait = "60s";
  bool until_empty = false;
};

constexpr const char* kConfigText =
    R"(# Made by `bauta quickstart`.  `bauta config example` shows all that may stand here.
pipeline: logins
source:
  sqs: {{queue: "{}"}}              # AWS_ENDPOINT_URL_SQS, AWS_REGION and credentials: as everywhere
target:
  postgres: {{table: user_logins}}  # DATABASE_URL, or the PG* variables
columns:
  user_id:          {{from: /user_id, required: true}}
  device_type:      {{from: /device_type}}
  masked_ip:        {{from: /ip,        required: true, mask: hmac-sha256, canonical: ip,   vault: true}}
  masked_device_id: {{from: /device_id, required: true, mask: hmac-sha256, canonical: text, vault: true}}
  locale:           {{from: /locale}}
  app_version:      {{from: /app_version, as: version}}
  create_date:      {{from: /create_date, default: sent_at}}
keys: {{file: keyring.json}}
vault: {{recipient: v1}}
quarantine: {{recipient: q1}}
)";

// What the last time left is used again.
Result<> MakeFiles(const fs::path& directory, const std::string& queue) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return ConfigError(fmt::format("cannot make {}: {}", directory.string(), error.message()),
                       "--dir names another place");
  }
  if (!fs::exists(directory / keys::kKeyRingFile, error)) {
    TRY(keys::Generate(directory, {}));
    log::Info("quickstart",
              fmt::format("wrote keys to {}; identity-*.json belong on another host, or in a safe",
                          directory.string()));
  }
  const fs::path config = directory / "bauta.yaml";
  if (fs::exists(config, error)) return Ok();
  return keys::WriteNewFiles({{config, fmt::format(kConfigText, queue)}});
}

// An endpoint that is not AWS's has no regions worth a question.
void DefaultRegion() {
  const auto set = [](const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  const bool local = set("AWS_ENDPOINT_URL_SQS") || set("AWS_ENDPOINT_URL");
  if (local && !set("AWS_REGION") && !set("AWS_DEFAULT_REGION")) {
    setenv("AWS_REGION", "us-east-1", 1);
  }
}

// Until `ready` has no more to ask for, or to an error that waiting cannot mend.
template <class Ready, class MayPass>
Result<> Await(const char* what, SteadyTime give_up, const std::stop_token& stop, Ready ready,
               MayPass may_pass) {
  log::RateLimit limit(std::chrono::seconds(5));
  while (true) {
    const Result<> done = ready();
    if (done.ok() || SystemClock().SteadyNow() >= give_up || stop.stop_requested()) return done;
    if (!may_pass(done.error())) return done;
    if (limit.Pass()) log::Warn("quickstart", fmt::format("waiting for {}", what));
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, milliseconds(250), [] { return false; });
  }
}

// A server that starts, or a database that somebody makes there, is on its way; a wrong password
// is told at once.
Result<> AwaitDatabase(const config::Config& config, SteadyTime give_up,
                       const std::stop_token& stop) {
  const auto open = [&config]() -> Result<> {
    TRY(pg::Connection::Open({.url = config.target.url,
                              .application_name = "bauta quickstart",
                              .database_may_come = true}));
    return Ok();
  };
  return Await("the database", give_up, stop, open,
               [](const Error& error) { return error.code == ErrorCode::kRetryable; });
}

// A server that starts may answer anything, and somebody may make the queue yet.
Result<> AwaitQueue(aws::SqsClient& client, const std::string& queue, SteadyTime give_up,
                    const std::stop_token& stop) {
  const auto find = [&]() -> Result<> {
    TRY(client.FindQueue(queue));
    return Ok();
  };
  return Await("the queue", give_up, stop, find, [](const Error&) { return true; });
}

Result<> Init(const config::Config& config) {
  const keys::KeyRing ring = TRY(keys::KeyRing::LoadWrapped(config.keyring));
  pg::Connection connection = TRY(pg::Connection::Open({.url = config.target.url}));
  for (const std::string& step : TRY(schema::Init(connection, MakeRegistry(config, ring),
                                                  {.create_table = true, .vault = true}))) {
    log::Info("quickstart", step);
  }
  return Ok();
}

// Without a password: it goes to a terminal or into a log.
Result<std::string> PublicUrl(const config::Config& config) {
  const pg::Connection c = TRY(pg::Connection::Open({.url = config.target.url}));
  if (c.place().starts_with('/')) {
    return fmt::format("postgresql://{}@/{}?host={}", c.user(), c.database(), c.place());
  }
  return fmt::format("postgresql://{}@{}/{}", c.user(), c.place(), c.database());
}

Result<> Show(const Context& context, const config::Config& config, const RunSummary& summary,
              const std::string& endpoint) {
  const std::string url = TRY(PublicUrl(config));
  if (context.json) {
    fmt::print("{}\n", SummaryJson(summary, fmt::format(R"(,"database_url":{},"endpoint":{})",
                                                        JsonString(url), JsonString(endpoint))));
    return Ok();
  }
  DemoPlace place;
  place.database_url = config.target.url;
  fmt::print("\n{}", DemoReport(summary, TRY(ReadFindings(place))));
  fmt::print("\nWhat next\n  psql '{}' -c 'SELECT * FROM user_logins LIMIT 5'\n", url);
  fmt::print("  bauta run -c {}   moves what comes from now on\n", context.config_file);
  return Ok();
}

Error StoppedEarly() { return Fatal("stopped before the run began"); }

// `begun` becomes true once a stop is the run's business.
Result<> Quickstart(Context& context, const QuickstartFlags& flags, bool& begun) {
  const std::stop_token stop = StopOnSignals();
  const auto wait = ParseDuration(flags.wait);
  if (!wait) return ConfigError("--wait: no duration: " + flags.wait, "example: --wait 60s");
  const fs::path directory = flags.directory;
  TRY(MakeFiles(directory, flags.queue));
  DefaultRegion();
  context.config_file = directory / "bauta.yaml";
  context.sets.push_back("source.sqs.queue=" + flags.queue);
  const std::optional<config::Config> config = context.LoadConfig();
  if (!config) return Ok();  // It has said why.

  const SteadyTime give_up = SystemClock().SteadyNow() + *wait;
  const std::unique_ptr<aws::SqsClient> client = TRY(
      aws::SqsClient::Open({config->source.queue, config->source.region, config->source.endpoint},
                           aws::SystemEnvironment()));
  TRY(AwaitDatabase(*config, give_up, stop));
  TRY(AwaitQueue(*client, config->source.queue, give_up, stop));
  if (stop.stop_requested()) return StoppedEarly();
  TRY(Init(*config));

  RunOptions options;
  options.until_empty = flags.until_empty;
  begun = true;
  const RunSummary summary = TRY(RunPipeline(*config, options, context, stop));
  if (summary.error) return *summary.error;
  return Show(context, *config, summary, client->endpoint().url);
}

}  // namespace

void AddQuickstart(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand(
      "quickstart", "Your own queue and database, nothing else prepared: keys, table, one run");
  const auto flags = std::make_shared<QuickstartFlags>();
  command->add_option("--queue", flags->queue, "The queue's name or URL")->required();
  command->add_option("--dir", flags->directory, "Where config and keys go; used again if there")
      ->capture_default_str();
  command->add_option("--wait", flags->wait, "How long queue and database may take to appear")
      ->capture_default_str();
  command->add_flag("--until-empty", flags->until_empty, "Stop when the queue is empty");
  command->callback([&context, flags] {
    bool begun = false;
    const Result<> done = Quickstart(context, *flags, begun);
    if (done.ok()) return;
    const bool early = !begun && StopSignal() != 0;
    context.Fail(early ? StoppedEarly() : done.error());
    if (early) context.exit_code = 128 + StopSignal();
  });
}

}  // namespace bauta::cli
