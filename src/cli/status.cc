// `bauta status`: how the queue, the ledger and the quarantine of this config's pipeline stand.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/environment.h"
#include "aws/sqs_client.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/queue_checks.h"
#include "pg/connection.h"

namespace bauta::cli {
namespace {

struct QueueStatus {
  std::uint64_t visible = 0, in_flight = 0, delayed = 0;
  std::optional<std::uint64_t> dead_letters;  // Nothing: it has no dead-letter queue to look into.
};

struct DatabaseStatus {
  std::string server_version;  // 15.13
  std::int64_t schema_version = 0, min_worker = 0, instances = 0;
  std::optional<std::string> last_commit;                                     // RFC 3339
  std::int64_t messages = 0, inserted = 0, quarantined = 0, redelivered = 0;  // Of the last hour.
  std::vector<std::pair<std::string, std::int64_t>> held;                     // By reason.
  std::vector<std::pair<std::string, std::string>> keys;                      // kid, status
};

std::uint64_t Number(const aws::AttributeMap& attributes, const char* name) {
  const auto at = attributes.find(name);
  std::uint64_t n = 0;
  if (at != attributes.end()) {
    std::from_chars(at->second.data(), at->second.data() + at->second.size(), n);
  }
  return n;
}

Result<aws::AttributeMap> Attributes(aws::SqsClient& client, const std::string& url) {
  return aws::Await<aws::AttributeMap>(
      [&](auto done) { client.GetQueueAttributes(url, std::move(done)); });
}

Result<QueueStatus> ReadQueue(const config::Config& config) {
  const std::unique_ptr<aws::SqsClient> client =
      TRY(aws::SqsClient::Open({config.source.queue, config.source.region, config.source.endpoint},
                               aws::SystemEnvironment()));
  const std::string url = TRY(client->FindQueue(config.source.queue));
  const aws::AttributeMap attributes = TRY(Attributes(*client, url));
  QueueStatus status{.visible = Number(attributes, "ApproximateNumberOfMessages"),
                     .in_flight = Number(attributes, "ApproximateNumberOfMessagesNotVisible"),
                     .delayed = Number(attributes, "ApproximateNumberOfMessagesDelayed"),
                     .dead_letters = std::nullopt};
  if (const std::string dead = DeadLetterUrl(url, attributes); !dead.empty()) {
    const Result<aws::AttributeMap> theirs = Attributes(*client, dead);  // May be forbidden.
    if (theirs.ok()) status.dead_letters = Number(*theirs, "ApproximateNumberOfMessages");
  }
  return status;
}

constexpr const char* kMeta =
    "SELECT schema_version, min_worker, (SELECT count(DISTINCT application_name) FROM "
    "pg_catalog.pg_stat_activity WHERE datname = current_database() AND "
    "application_name ~ '^bauta( [0-9]+@.*)?$') FROM bauta.meta";
// Each by the index (pipeline, at).
constexpr const char* kBatches =
    "SELECT to_char(max(l.at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), "
    "coalesce(sum(messages), 0), coalesce(sum(inserted), 0), coalesce(sum(quarantined), 0), "
    "coalesce(sum(redelivered), 0) FROM bauta.pipeline p "
    "CROSS JOIN LATERAL (SELECT max(at) AS at FROM bauta.batch WHERE pipeline = p.id) l "
    "LEFT JOIN bauta.batch b ON b.pipeline = p.id AND b.at > now() - interval '1 hour' "
    "WHERE p.name = $1";
constexpr const char* kHeld =
    "SELECT q.reason, count(*) FROM bauta.quarantine q JOIN bauta.pipeline p ON p.id = q.pipeline "
    "WHERE p.name = $1 AND q.state = 'held' GROUP BY 1 ORDER BY 2 DESC, 1";

Result<DatabaseStatus> ReadDatabase(const config::Config& config) {
  pg::Connection connection =
      TRY(pg::Connection::Open({.url = config.target.url, .application_name = "bauta status"}));
  if (!TRY(connection.Query("SELECT to_regclass('bauta.meta') IS NOT NULL")).Bool(0, 0)) {
    return ConfigError(fmt::format("database {} at {} has no schema bauta", connection.database(),
                                   connection.place()),
                       "run `bauta init`");
  }
  const pg::Params pipeline = pg::Params().Text(config.pipeline);
  DatabaseStatus status;
  const pg::Rows meta = TRY(connection.Query(kMeta));
  status.server_version = connection.server_version_text();
  status.schema_version = meta.Int(0, 0);
  status.min_worker = meta.Int(0, 1);
  status.instances = meta.Int(0, 2);
  const pg::Rows batches = TRY(connection.Exec(kBatches, pipeline));
  status.last_commit = batches.Optional(0, 0);
  status.messages = batches.Int(0, 1);
  status.inserted = batches.Int(0, 2);
  status.quarantined = batches.Int(0, 3);
  status.redelivered = batches.Int(0, 4);
  const pg::Rows held = TRY(connection.Exec(kHeld, pipeline));
  for (int i = 0; i < held.size(); ++i) status.held.emplace_back(held.String(i, 0), held.Int(i, 1));
  const pg::Rows keys = TRY(connection.Query("SELECT kid, status FROM bauta.key ORDER BY kid"));
  for (int i = 0; i < keys.size(); ++i)
    status.keys.emplace_back(keys.String(i, 0), keys.String(i, 1));
  return status;
}

std::string Json(const config::Config& config, const QueueStatus& q, const DatabaseStatus& d) {
  std::string held, keys;
  for (const auto& [reason, count] : d.held) {
    held += fmt::format("{}{}:{}", held.empty() ? "" : ",", JsonString(reason), count);
  }
  for (const auto& [kid, state] : d.keys) {
    keys += fmt::format("{}{{\"kid\":{},\"status\":{}}}", keys.empty() ? "" : ",", JsonString(kid),
                        JsonString(state));
  }
  return fmt::format(
      R"({{"pipeline":{},"queue":{{"visible":{},"in_flight":{},"delayed":{},"dead_letters":{}}},)"
      R"("last_commit":{},"last_hour":{{"messages":{},"inserted":{},"quarantined":{},"redelivered":{}}},)"
      R"("quarantine":{{{}}},"instances":{},"schema_version":{},"min_worker":{},)"
      R"("server_version":{},"keys":[{}]}})",
      JsonString(config.pipeline), q.visible, q.in_flight, q.delayed,
      q.dead_letters ? fmt::format("{}", *q.dead_letters) : "null",
      d.last_commit ? JsonString(*d.last_commit) : "null", d.messages, d.inserted, d.quarantined,
      d.redelivered, held, d.instances, d.schema_version, d.min_worker,
      JsonString(d.server_version), keys);
}

std::string Text(const config::Config& config, const QueueStatus& q, const DatabaseStatus& d) {
  const auto number = [](auto n) { return WithCommas(static_cast<std::uint64_t>(n)); };
  std::string text = fmt::format(
      "pipeline    {}\nqueue       {} visible, {} in flight, {} delayed{}\nlast commit {}\n"
      "last hour   {} messages: {} inserted, {} quarantined; {} redelivered\ninstances   {}\n",
      config.pipeline, number(q.visible), number(q.in_flight), number(q.delayed),
      q.dead_letters ? fmt::format(", {} in the dead-letter queue", number(*q.dead_letters)) : "",
      d.last_commit.value_or("none yet"), number(d.messages), number(d.inserted),
      number(d.quarantined), number(d.redelivered), number(d.instances));
  text += fmt::format("schema      version {}, workers from {}; PostgreSQL {}\n", d.schema_version,
                      d.min_worker, d.server_version);
  for (const auto& [kid, state] : d.keys) text += fmt::format("key         {} {}\n", kid, state);
  for (const auto& [reason, count] : d.held) {
    text += fmt::format("quarantine  {} {}\n", number(count), reason);
  }
  return text;
}

// What somebody who was woken by this would do first.
std::string NextSteps(const QueueStatus& q, const DatabaseStatus& d) {
  std::string steps;
  if (q.visible > 0 && d.instances == 0) {
    steps += "next        no instance is connected, and messages wait: bauta run\n";
  }
  if (q.dead_letters.value_or(0) > 0) {
    steps +=
        "next        dead letters were never committed: bauta check, and the log of bauta run\n";
  }
  if (!d.held.empty()) {
    steps +=
        fmt::format("next        bauta quarantine list; bauta explain {}\n", d.held.front().first);
  }
  return steps;
}

Result<> Status(const Context& context, const config::Config& config) {
  const DatabaseStatus database = TRY(ReadDatabase(config));
  const QueueStatus queue = TRY(ReadQueue(config));
  if (context.json) {
    fmt::print("{}\n", Json(config, queue, database));
  } else {
    fmt::print("{}{}", Text(config, queue, database), NextSteps(queue, database));
  }
  return Ok();
}

}  // namespace

void AddStatus(CLI::App& app, Context& context) {
  CLI::App* const command =
      app.add_subcommand("status", "Queue depth, last commit, quarantine, instances, versions");
  command->callback([&context] {
    context.WithConfig([&](const config::Config& config) { return Status(context, config); });
  });
}

}  // namespace bauta::cli
