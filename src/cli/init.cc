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
#include "cli/wiring.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "schema/schema.h"

namespace bauta::cli {
namespace {

struct Flags {
  bool print_sql = false;
  bool create_table = false;
  bool accept_new_tokens = false;
  std::string wait;
};

// Asks again while nobody answers, until `wait` has passed.
Result<pg::Connection> Connect(const config::Config& config, std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  constexpr std::chrono::milliseconds kPause{250};
  for (;;) {
    Result<pg::Connection> connection =
        pg::Connection::Open({.url = config.target.url, .application_name = "bauta init"});
    const bool retry = !connection.ok() && connection.error().code == ErrorCode::kRetryable;
    if (!retry || std::chrono::steady_clock::now() + kPause > deadline) return connection;
    std::this_thread::sleep_for(kPause);
  }
}

Result<std::vector<std::string>> Init(const config::Config& config, const Flags& flags) {
  std::chrono::milliseconds wait{0};
  if (!flags.wait.empty()) {
    const auto parsed = ParseDuration(flags.wait);
    if (!parsed) return ConfigError("--wait: no duration: " + flags.wait, "example: --wait 30s");
    wait = *parsed;
  }
  const keys::KeyRing ring = TRY(keys::KeyRing::Load(config.keyring, config.require_mlock));
  const schema::Registry registry = MakeRegistry(config, ring);
  pg::Connection connection = TRY(Connect(config, wait));
  return schema::Init(connection, registry,
                      {.create_table = flags.create_table,
                       .new_tokens = flags.accept_new_tokens ? schema::NewTokens::kAccept
                                                             : schema::NewTokens::kRefuse});
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

void Run(Context& context, const Flags& flags) {
  if (flags.print_sql) {
    fmt::print("{}", schema::PrintSql());
    return;
  }
  const std::optional<config::Config> config = context.LoadConfig();
  if (!config) return;
  const Result<std::vector<std::string>> did = Init(*config, flags);
  if (!did.ok()) return context.Fail(did.error());
  Print(context, *did);
}

}  // namespace

void AddInit(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("init", "Create or upgrade our schema");
  const auto flags = std::make_shared<Flags>();
  command->add_flag("--print-sql", flags->print_sql, "Print the script instead of running it");
  command->add_option("--wait", flags->wait, "Wait so long for the database to answer, as in 30s");
  command->add_flag("--create-table", flags->create_table,
                    "Create the exercise's table user_logins where it is missing");
  command->add_flag("--accept-new-tokens", flags->accept_new_tokens,
                    "Record changed masks, though equal values will get other tokens from now on");
  command->callback([flags, &context] { Run(context, *flags); });
}

}  // namespace bauta::cli
