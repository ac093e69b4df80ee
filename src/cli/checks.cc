#include "cli/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "aws/sqs_client.h"
#include "cli/command.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "mapping/check_rules.h"
#include "pg/connection.h"
#include "schema/registry.h"
#include "sinks/postgres_sink.h"

namespace bauta::cli {
namespace {

namespace codes = config::codes;

constexpr std::string_view kQueuePath = "source.sqs.queue";
constexpr std::string_view kUrlPath = "target.postgres.url";
constexpr std::string_view kTablePath = "target.postgres.table";

class Checks {
 public:
  explicit Checks(config::Loaded& loaded) : loaded_(loaded), config_(loaded.config) {}

  void Offline() {
    Result<keys::KeyRing> ring = keys::KeyRing::Load(config_.keyring, config_.require_mlock);
    if (!ring.ok()) {
      Add(codes::kKeyRing, "keys.file", ring.error());
    } else {
      ring_ = std::move(ring).value();
    }
    CheckRecipient();
  }

  void Queue() {
    Result<std::unique_ptr<aws::SqsClient>> client =
        aws::SqsClient::Open({config_.source.queue, config_.source.region, config_.source.endpoint},
                             aws::SystemEnvironment());
    if (!client.ok()) return AddOf(codes::kQueue, codes::kQueueAway, kQueuePath, client.error());
    const Result<aws::AttributeMap> attributes = ReadAttributes(**client);
    if (!attributes.ok()) {
      return AddOf(codes::kQueue, codes::kQueueAway, kQueuePath, attributes.error());
    }
    if (attributes.value().contains("RedrivePolicy")) return;
    Warn(codes::kDeadLetters, kQueuePath,
         "the queue has no dead-letter queue: a message that is never committed comes back until "
         "it expires",
         "give the queue a RedrivePolicy");
  }

  void Database() {
    Result<pg::Connection> connection = pg::Connection::Open({.url = config_.target.url});
    if (!connection.ok()) return AddDatabase(codes::kDatabase, kUrlPath, connection.error());
    CheckDurable(*connection);
    const bool installed = CheckSchema(*connection);
    CheckTable(*connection, installed);
  }

 private:
  static Result<aws::AttributeMap> ReadAttributes(aws::SqsClient& client,
                                                  const std::string& queue) {
    const std::string url = TRY(client.FindQueue(queue));
    return aws::Await<aws::AttributeMap>(
        [&](auto done) { client.GetQueueAttributes(url, std::move(done)); });
  }
  Result<aws::AttributeMap> ReadAttributes(aws::SqsClient& client) const {
    return ReadAttributes(client, config_.source.queue);
  }

  void Add(std::string_view code, std::string_view path, const Error& error) {
    loaded_.problems.push_back(loaded_.At(code, path, error.message, error.hint));
  }
  void Warn(std::string_view code, std::string_view path, std::string message, std::string hint) {
    config::Problem problem = loaded_.At(code, path, std::move(message), std::move(hint));
    problem.severity = config::Severity::kWarning;
    loaded_.problems.push_back(std::move(problem));
  }
  // `away` if it may answer later, else `code`.
  void AddOf(std::string_view code, std::string_view away, std::string_view path,
             const Error& error) {
    Add(error.code == ErrorCode::kRetryable ? away : code, path, error);
  }
  void AddDatabase(std::string_view code, std::string_view path, const Error& error) {
    AddOf(code, codes::kDatabaseAway, path, error);
  }

  void CheckRecipient() {
    if (config_.quarantine.recipient.empty()) {
      return Add(codes::kNoRecipient, "quarantine.recipient",
                 ConfigError("is not set: refused events would have no place to go",
                             "'bauta keys generate' makes a key ring with a recipient q1 and the "
                             "identity that opens its records; then quarantine: {recipient: q1}"));
    }
    if (!ring_) return;
    const Result<keys::Recipient> recipient = QuarantineRecipient(config_, *ring_);
    if (!recipient.ok()) {
      Add(codes::kUnknownRecipient, "quarantine.recipient", recipient.error());
    }
  }

  void CheckDurable(pg::Connection& connection) {
    const Result<pg::Rows> rows = connection.Query("SELECT current_setting('fsync')");
    if (!rows.ok()) return AddDatabase(codes::kDatabase, kUrlPath, rows.error());
    if (rows.value().Text(0, 0) == "on") return;
    Add(codes::kNotDurable, kUrlPath,
        ConfigError("the server runs with fsync=off: a crash loses rows whose messages are gone",
                    "set fsync = on in postgresql.conf"));
  }

  // False if our schema is not there.
  bool CheckSchema(pg::Connection& connection) {
    const Result<pg::Rows> rows = connection.Query("SELECT to_regclass('bauta.meta') IS NOT NULL");
    if (!rows.ok()) {
      AddDatabase(codes::kDatabase, kUrlPath, rows.error());
      return false;
    }
    if (!rows.value().Bool(0, 0)) {
      Add(codes::kSchema, kUrlPath,
          ConfigError(fmt::format("{} has no schema bauta", connection.place()),
                      "'bauta init' creates it; --print-sql prints it for your DBA"));
      return false;
    }
    if (ring_) CheckRegistry(connection);
    return true;
  }

  void CheckRegistry(pg::Connection& connection) {
    const Result<> same = schema::Compare(connection, MakeRegistry(config_, *ring_));
    if (!same.ok()) AddDatabase(codes::kRegistry, "pipeline", same.error());
  }

  void CheckTable(pg::Connection& connection, bool installed) {
    const Result<TableSchema> table = sinks::ReadTableSchema(connection, config_.target.table);
    if (!table.ok()) return AddDatabase(codes::kTable, kTablePath, table.error());
    const std::vector<mapping::Problem> problems = mapping::CheckRules(config_.mapping, *table);
    for (const mapping::Problem& problem : problems) {
      const std::string path =
          problem.rule == nullptr ? std::string(kTablePath) : "columns." + problem.rule->column;
      Add(codes::kMapping, path, ConfigError(problem.message, problem.hint));
    }
    if (problems.empty()) ProbeWrites(connection, *table, installed);
  }

  // Inserts no row, into each table that a run fills, and rolls back.
  void ProbeWrites(pg::Connection& connection, const TableSchema& table, bool installed) {
    const Result<> wrote = Probe(connection, table, installed);
    connection.Rollback();
    if (!wrote.ok()) AddDatabase(codes::kTable, kTablePath, wrote.error());
  }

  Result<> Probe(pg::Connection& connection, const TableSchema& table, bool installed) {
    std::vector<std::string> names, nulls;
    for (const ColumnRule& rule : config_.mapping.columns) {
      names.push_back(pg::QuoteName(rule.column));
      nulls.emplace_back("NULL");
    }
    TRY(connection.Query("BEGIN"));
    TRY(connection.Query(fmt::format("INSERT INTO {}.{} ({}) SELECT {} WHERE false",
                                     pg::QuoteName(table.schema), pg::QuoteName(table.name),
                                     fmt::join(names, ", "), fmt::join(nulls, ", "))));
    if (!installed) return Ok();
    for (const std::string_view own : {"ledger", "quarantine", "batch"}) {
      const pg::Rows may = TRY(connection.Query(
          fmt::format("SELECT to_regclass('bauta.{0}') IS NULL OR "
                      "has_table_privilege(to_regclass('bauta.{0}')::oid, 'INSERT')",
                      own)));
      if (!may.Bool(0, 0)) {
        const std::string user = pg::QuoteName(connection.user());
        return ConfigError(fmt::format("user {} may not insert into bauta.{}", user, own),
                           fmt::format("GRANT INSERT ON bauta.{} TO {}", own, user));
      }
    }
    return Ok();
  }

  config::Loaded& loaded_;
  const config::Config& config_;
  std::optional<keys::KeyRing> ring_;
};

}  // namespace

void CheckMeaning(config::Loaded& loaded, Depth depth) {
  Checks checks(loaded);
  checks.Offline();
  if (depth == Depth::kConnections) {
    checks.Queue();
    checks.Database();
  }
  config::SortByPlace(loaded.problems);
}

int CheckExitCode(const std::vector<config::Problem>& problems) {
  int code = kDone;
  for (const config::Problem& problem : problems) {
    if (problem.severity == config::Severity::kWarning) continue;
    if (problem.code != codes::kQueueAway && problem.code != codes::kDatabaseAway) return kUsage;
    code = kUnreachable;
  }
  return code;
}

}  // namespace bauta::cli
