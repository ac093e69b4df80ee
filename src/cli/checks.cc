#include "cli/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "aws/environment.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/queue_checks.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "mapping/check_rules.h"
#include "pg/connection.h"
#include "schema/grants.h"
#include "schema/registry.h"

namespace bauta::cli {
namespace {

namespace codes = config::codes;

class Checks {
 public:
  explicit Checks(config::Loaded& loaded) : loaded_(loaded), config_(loaded.config) {}

  void Files(Depth depth) {
    Result<keys::KeyRing> ring = depth == Depth::kOffline ? LoadWrappedKeyRing(config_, blame_)
                                                          : LoadKeyRing(config_, blame_);
    if (Good(ring)) ring_ = std::move(ring).value();
    if (Good(RequireRecipient(config_, blame_)) && ring_) {
      Good(QuarantineRecipient(config_, *ring_, blame_));
    }
    if (HasVault(config_) && ring_) Good(VaultRecipient(config_, *ring_, blame_));
  }

  void Queue() {
    const Result<QueueFacts> facts =
        blame_.On(codes::kQueue, paths::kQueue, AskQueue(config_, aws::SystemEnvironment()));
    if (!Good(facts)) return;
    for (QueueFinding& finding : JudgeQueue(config_, *facts)) {
      Tell(finding.severity, finding.code, paths::kQueue, std::move(finding.message),
           std::move(finding.hint));
    }
  }

  void Database() {
    Result<pg::Connection> connection = Connect(config_, blame_);
    if (!Good(connection)) return;
    CheckDurable(*connection);
    CheckSchema(*connection);
    CheckTable(*connection);
    CheckQuarantine(*connection);
    CheckVault(*connection);
  }

  const std::string& versions() const { return versions_; }

 private:
  // If it is not, tells the failure, which has been blamed.
  template <class T>
  bool Good(const Result<T>& result) {
    if (!result.ok()) Add(blame_.code(), blame_.path(), result.error());
    return result.ok();
  }
  void Add(std::string_view code, std::string_view path, const Error& error) {
    loaded_.problems.push_back(loaded_.At(code, path, error.message, error.hint));
  }
  void Warn(std::string_view code, std::string_view path, std::string message, std::string hint) {
    Tell(config::Severity::kWarning, code, path, std::move(message), std::move(hint));
  }
  void Tell(config::Severity severity, std::string_view code, std::string_view path,
            std::string message, std::string hint) {
    config::Problem problem = loaded_.At(code, path, std::move(message), std::move(hint));
    problem.severity = severity;
    loaded_.problems.push_back(std::move(problem));
  }

  void CheckDurable(pg::Connection& connection) {
    const Result<pg::Rows> rows = blame_.On(codes::kDatabase, paths::kUrl,
                                            connection.Query("SELECT current_setting('fsync')"));
    if (!Good(rows)) return;
    if (rows.value().Text(0, 0) == "on") return;
    Add(codes::kNotDurable, paths::kUrl,
        ConfigError("the server runs with fsync=off: a crash loses rows whose messages are gone",
                    "set fsync = on in postgresql.conf"));
  }

  void CheckSchema(pg::Connection& connection) {
    if (!Good(CheckGrants(connection, blame_))) return;
    const Result<pg::Rows> rows =
        blame_.On(codes::kDatabase, paths::kUrl,
                  connection.Query("SELECT to_regclass('bauta.meta') IS NOT NULL"));
    if (!Good(rows)) return;
    if (!rows.value().Bool(0, 0)) {
      return Add(codes::kSchema, paths::kUrl,
                 ConfigError(fmt::format("{} has no schema bauta", connection.place()),
                             "'bauta init' creates it; --print-sql prints it for your DBA"));
    }
    if (!ring_) return;
    ReadVersions(connection);
    Good(CompareRegistry(connection, MakeRegistry(config_, *ring_), schema::NewTokens::kRefuse,
                         blame_));
  }

  void ReadVersions(pg::Connection& connection) {
    const Result<pg::Rows> rows = connection.Query("SELECT schema_version FROM bauta.meta");
    if (!rows.ok() || rows.value().size() == 0) return;
    versions_ = fmt::format("schema bauta version {}, PostgreSQL {}", rows.value().Int(0, 0),
                            connection.server_version_text());
  }

  void CheckTable(pg::Connection& connection) {
    const Result<TableSchema> table = ReadTarget(connection, config_, blame_);
    if (!Good(table)) return;
    const std::vector<mapping::Problem> problems =
        mapping::CheckRules(config_.mapping, table.value());
    for (const mapping::Problem& problem : problems) {
      Add(codes::kMapping, PathOf(problem), ConfigError(problem.message, problem.hint));
    }
    if (problems.empty()) ProbeWrites(connection, table.value());
    CheckExcess(connection, table.value());
  }

  void CheckExcess(pg::Connection& connection, const TableSchema& table) {
    const Result<std::vector<std::string>> excess = blame_.On(
        codes::kDatabase, paths::kUrl, schema::Excess(connection, table.schema, table.name));
    if (!Good(excess) || excess.value().empty()) return;
    Warn(codes::kExcess, table.name.empty() ? VaultUrlPath(config_) : paths::kUrl,
         fmt::format("user {} {}, which a run does not need", connection.user(),
                     fmt::join(excess.value(), ", ")),
         "connect as a role that is a member of bauta_ingest and nothing else: CREATE ROLE ingest "
         "LOGIN IN ROLE bauta_ingest;");
  }

  void CheckQuarantine(pg::Connection& connection) {
    const Result<pg::Rows> held = connection.Exec(
        "SELECT q.reason, count(*) FROM bauta.quarantine q JOIN bauta.pipeline p ON p.id = "
        "q.pipeline WHERE p.name = $1 AND q.state = 'held' GROUP BY 1 ORDER BY 2 DESC, 1",
        pg::Params().Text(config_.pipeline));
    if (!held.ok() || held->size() == 0) return;  // What is wrong has been told.
    std::vector<std::string> counts;
    for (int i = 0; i < held->size(); ++i) {
      counts.push_back(WithCommas(static_cast<std::uint64_t>(held->Int(i, 1))) + " " +
                       held->String(i, 0));
    }
    Warn(codes::kHeld, "quarantine",
         fmt::format("the quarantine holds events of this pipeline: {}", fmt::join(counts, ", ")),
         "`bauta quarantine list` says which and why; mend the config, the table or the producer, "
         "then `bauta quarantine replay --identity FILE --reason TEXT`, or discard them");
  }

  void CheckVault(pg::Connection& target) {
    if (!HasVault(config_)) return;
    const auto check = [this](pg::Connection& connection) {
      Good(blame_.On(codes::kVault, VaultUrlPath(config_), schema::CheckVault(connection)));
    };
    if (!config_.vault.url) return check(target);
    Result<pg::Connection> own = ConnectVault(config_, blame_);
    if (!Good(own)) return;
    check(*own);
    CheckExcess(*own, {});
  }

  // Inserts no row, and rolls back.
  void ProbeWrites(pg::Connection& connection, const TableSchema& table) {
    const Result<> wrote = blame_.On(codes::kTable, paths::kTable, Probe(connection, table));
    (void)connection.Rollback();
    Good(wrote);
  }

  Result<> Probe(pg::Connection& connection, const TableSchema& table) const {
    std::vector<std::string> names, nulls;
    for (const std::string& column : ColumnNames(config_.mapping)) {
      names.push_back(pg::QuoteName(column));
      nulls.emplace_back("NULL");
    }
    TRY(connection.Query("BEGIN"));
    TRY(connection.Query(fmt::format("INSERT INTO {}.{} ({}) SELECT {} WHERE false",
                                     pg::QuoteName(table.schema), pg::QuoteName(table.name),
                                     fmt::join(names, ", "), fmt::join(nulls, ", "))));
    return Ok();
  }

  config::Loaded& loaded_;
  const config::Config& config_;
  Blame blame_;
  std::optional<keys::KeyRing> ring_;
  std::string versions_;
};

}  // namespace

std::string CheckMeaning(config::Loaded& loaded, Depth depth) {
  Checks checks(loaded);
  checks.Files(depth);
  if (depth == Depth::kConnections) {
    checks.Queue();
    checks.Database();
  }
  config::SortByPlace(loaded.problems);
  return checks.versions();
}

int CheckExitCode(const std::vector<config::Problem>& problems) {
  int code = kDone;
  for (const config::Problem& problem : problems) {
    if (problem.severity == config::Severity::kWarning) continue;
    const bool away = problem.code == codes::kQueueAway || problem.code == codes::kDatabaseAway ||
                      problem.code == codes::kKmsAway;
    if (!away) return kUsage;
    code = kUnreachable;
  }
  return code;
}

}  // namespace bauta::cli
