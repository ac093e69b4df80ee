// bauta init: create our schema and register the pipeline.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "cli/command.h"
#include "cli/current_view.h"
#include "cli/load_config.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "schema/schema.h"
#include "sinks/postgres_sink.h"

namespace bauta::cli {
namespace {

struct Flags {
  bool print_sql = false, print_view = false;
  bool create_table = false;
  bool roles = false;
  bool accept_new_tokens = false;
  std::string wait;
};

// Asks again while nobody answers, until `wait` has passed.
Result<pg::Connection> ConnectWaiting(const config::Config& config, std::chrono::milliseconds wait,
                                      Blame& blame) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  constexpr std::chrono::milliseconds kPause{250};
  for (;;) {
    Result<pg::Connection> connection = Connect(config, blame, "bauta init");
    const bool retry = !connection.ok() && connection.error().code == ErrorCode::kRetryable;
    if (!retry || std::chrono::steady_clock::now() + kPause > deadline) return connection;
    std::this_thread::sleep_for(kPause);
  }
}

Result<std::chrono::milliseconds> ReadWait(const std::string& text) {
  if (text.empty()) return std::chrono::milliseconds(0);
  if (const auto parsed = ParseDuration(text)) return *parsed;
  return ConfigError("--wait: no duration: " + text, "example: --wait 30s");
}

Result<bool> Exists(pg::Connection& connection, const std::string& table) {
  const pg::Rows rows =
      TRY(connection.Exec("SELECT to_regclass($1) IS NOT NULL", pg::Params().Text(table)));
  return rows.Bool(0, 0);
}

// The table is there, or it is the one that we can make.
Result<> CheckCreatable(pg::Connection& connection, const std::string& table, Blame& blame) {
  if (table == "user_logins" || table == "\"user_logins\"") return Ok();
  if (TRY(Exists(connection, table))) return Ok();
  return blame.On(
      config::codes::kTable, paths::kTable,
      Result<>(ConfigError(
          fmt::format("--create-table makes user_logins only, and there is no table {}", table),
          "make the table yourself, or set table: user_logins")));
}

// What was done.
struct Done {
  std::vector<std::string> lines;
  bool has_table = true;
};

// A vault in a database of its own.
Result<> InitVault(const config::Config& config, const Flags& flags, Blame& blame,
                   std::vector<std::string>& lines) {
  pg::Connection connection = TRY(ConnectVault(config, blame, "bauta init"));
  const std::vector<std::string> did = TRY(blame.On(config::codes::kVault, VaultUrlPath(config),
                                                    schema::InitVault(connection, flags.roles)));
  for (const std::string& line : did) lines.push_back("the vault's database: " + line);
  return Ok();
}

Result<Done> Init(const config::Config& config, const Flags& flags, Blame& blame) {
  const std::chrono::milliseconds wait = TRY(ReadWait(flags.wait));
  // The registry takes names and check values: whoever makes schemas needs no key.
  const keys::KeyRing ring = TRY(LoadWrappedKeyRing(config, blame));
  pg::Connection connection = TRY(ConnectWaiting(config, wait, blame));
  const std::string& table = config.target.table;
  if (flags.create_table) TRY(CheckCreatable(connection, table, blame));

  std::string setting;
  const schema::InitOptions options{
      .create_table = flags.create_table && table.find("user_logins") != std::string::npos,
      .roles = flags.roles,
      .vault =
          NeedsPii(config, ring) || (!config.vault.url && (flags.roles || !config.subject.empty())),
      .new_tokens =
          flags.accept_new_tokens ? schema::NewTokens::kAccept : schema::NewTokens::kRefuse};
  Result<std::vector<std::string>> did =
      schema::Init(connection, MakeRegistry(config, ring), options, &setting);
  if (!did.ok() && !setting.empty()) {
    return TRY(blame.On(config::codes::kRegistry, setting, Result<Done>(did.error())));
  }
  Done done{TRY(std::move(did))};
  if (config.vault.url) TRY(InitVault(config, flags, blame, done.lines));
  done.has_table = TRY(Exists(connection, table));
  return done;
}

// On stderr, since stdout says what was done.
void WarnOfNoTable(const Context& context, const config::Config& config, const Flags& flags) {
  config::Problem problem = context.loaded->At(
      config::codes::kNoTableYet, paths::kTable,
      fmt::format("there is no table {} yet: `bauta run` will not start", config.target.table),
      flags.roles ? "make it, then repeat `bauta init --roles`: bauta_ingest must be granted INSERT"
                  : "make it; the exercise's user_logins: bauta init --create-table");
  problem.severity = config::Severity::kWarning;
  PrintProblems(context, {problem});
}

Error WithWaitHint(Error error, const Flags& flags) {
  if (error.code != ErrorCode::kRetryable || !flags.wait.empty()) return error;
  error.hint += std::string(error.hint.empty() ? "" : " ") + "`bauta init --wait 60s` waits for it";
  return error;
}

void Print(const Context& context, const std::vector<std::string>& did) {
  if (context.json) {
    std::string line = "{\"done\":[";
    for (std::size_t i = 0; i < did.size(); ++i) {
      line += (i == 0 ? "" : ",") + JsonString(did[i]);
    }
    fmt::print("{}]}}\n", line);
    return;
  }
  if (context.quiet) return;
  for (const std::string& what : did) fmt::print("{}\n", what);
  if (did.empty()) fmt::print("nothing to do: schema bauta and its registry are as configured\n");
}

// With the roles comes a grant on the table, and only the config knows its name.
void PrintSql(Context& context, const Flags& flags) {
  if (!flags.roles) {
    fmt::print("{}", schema::PrintSql({.create_table = flags.create_table}));
    return;
  }
  const std::optional<config::Config> config = context.LoadConfig();
  if (!config) return;
  fmt::print("{}", schema::PrintSql({.create_table = flags.create_table, .roles = true},
                                    config->target.table));
}

Result<> PrintView(const config::Config& config, Blame& blame) {
  pg::Connection connection = TRY(Connect(config, blame, "bauta init"));
  const TableSchema table = TRY(blame.On(config::codes::kTable, paths::kTable,
                                         sinks::ReadTableSchema(connection, config.target.table)));
  const std::string sql = CurrentViewSql(config, table);
  if (sql.empty()) return ConfigError("no column has tokens that aliases could stand for");
  fmt::print("{}", sql);
  return Ok();
}

void Run(Context& context, const Flags& flags) {
  if (flags.print_sql) return PrintSql(context, flags);
  const std::optional<config::Config> config = context.LoadConfig();
  if (!config) return;
  if (flags.print_view) {
    if (const Result<> printed = PrintView(*config, context.blame); !printed.ok()) {
      context.Fail(printed.error());
    }
    return;
  }
  const Result<Done> done = Init(*config, flags, context.blame);
  if (!done.ok()) return context.Fail(WithWaitHint(done.error(), flags));
  Print(context, done.value().lines);
  if (!done.value().has_table) WarnOfNoTable(context, *config, flags);
}

}  // namespace

void AddInit(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("init", "Create or upgrade our schema");
  const auto flags = std::make_shared<Flags>();
  command->add_flag("--print-sql", flags->print_sql, "Print the script instead of running it");
  command->add_flag("--print-view", flags->print_view,
                    "Print the view in which old and new tokens join while keys rotate");
  command
      ->add_option("--wait", flags->wait,
                   "Wait so long for the database to answer: 30s (default: not at all)")
      ->type_name("DURATION");
  command->add_flag("--create-table", flags->create_table,
                    "Create the exercise's table user_logins where it is missing");
  command->add_flag("--roles", flags->roles,
                    "Create the roles bauta_owner, bauta_ingest and bauta_operator where missing, "
                    "and grant each what it needs");
  command->add_flag("--accept-new-tokens", flags->accept_new_tokens,
                    "Record changed masks, though equal values will get other tokens from now on");
  command->callback([flags, &context] { Run(context, *flags); });
}

}  // namespace bauta::cli
