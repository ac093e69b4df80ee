// `bauta erase`: forgets a person or a value.
#include "vault/erase.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/erase_order.h"
#include "cli/identity.h"
#include "cli/progress.h"
#include "cli/theirs.h"
#include "cli/vault_access.h"
#include "cli/whom.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "quarantine/forget.h"
#include "sinks/postgres_sink.h"

namespace bauta::cli {
namespace {

using vault::EraseCounts;
using vault::EraseOrder;
using vault::RowsBecome;

struct EraseFlags {
  std::string column, rows, why, identity, passphrase_file;
  bool dry_run = false;
};

// What became of the bodies of refused events.
struct Bodies {
  std::uint64_t held = 0;  // In which nobody could look.
  std::string gone_by;
  std::uint64_t discarded = 0;  // The person's.
};

constexpr const char* kOutOfReach[] = {
    "messages still in the queue and its dead-letter queue: an ingest refuses those that were sent "
    "before now (reason erased)",
    "backups of the database: their rows and refused bodies until the backups are gone; their "
    "originals until the vault is sealed for another recipient and the old identity is destroyed",
};

std::string AnswerJson(const EraseCounts& done, const Bodies& bodies, bool dry_run) {
  std::string reach;
  for (const char* const what : kOutOfReach) {
    reach += fmt::format("{}{}", reach.empty() ? "" : ",", JsonString(what));
  }
  return fmt::format(
      R"({{"dry_run":{},"rows":{},"originals":{},"shared":{},"quarantine":{{"discarded":{},"held":{},"gone_by":{}}},"out_of_reach":[{}]}})"
      "\n",
      dry_run, done.rows, done.originals, done.shared, bodies.discarded, bodies.held,
      bodies.held == 0 ? "null" : JsonString(bodies.gone_by), reach);
}

std::string AnswerText(const EraseCounts& done, const Bodies& bodies, bool dry_run, bool null) {
  std::string out = fmt::format(
      "{}{} rows {}, {} originals gone from the vault, {} kept: other rows "
      "have their tokens\n",
      dry_run ? "(dry run, nothing changed) " : "", WithCommas(done.rows),
      null ? "emptied" : "deleted", WithCommas(done.originals), WithCommas(done.shared));
  if (bodies.discarded > 0) {
    out += fmt::format("{} refused events of the quarantine are theirs: their bodies {}\n",
                       WithCommas(bodies.discarded), dry_run ? "would go" : "are gone");
  }
  if (bodies.held > 0) {
    out += fmt::format(
        "{} refused events are sealed in the quarantine, and may be of the same "
        "person: retention has emptied them by {}\n",
        WithCommas(bodies.held), bodies.gone_by);
  }
  for (const char* const what : kOutOfReach) out += fmt::format("out of reach: {}\n", what);
  return out;
}

// Where schema pii is, if that is another database.
Result<std::optional<pg::Connection>> OpenApart(const config::Config& config, Blame& blame) {
  if (!config.vault.url) return std::optional<pg::Connection>();
  return std::optional(TRY(OpenDesk(config, blame, vault::CheckEraser)));
}

Result<EraseCounts> Execute(Context& context, const vault::ErasePlaces& places,
                            const EraseOrder& order) {
  std::atomic<std::uint64_t> rows = 0;
  std::optional<Progress> shown;
  if (!context.quiet) {
    shown.emplace(context.Interactive(),
                  [&rows] { return fmt::format("erasing  {} rows", WithCommas(rows)); });
  }
  return vault::Erase(places, order, [&rows](const EraseCounts& done) { rows = done.rows; });
}

Result<> CheckOperator(pg::Connection& connection) {
  const Result<pg::Rows> seen =
      connection.Query("SELECT sealed, state FROM bauta.quarantine LIMIT 0");
  if (seen.ok() || connection.last_failure().sqlstate != "42501") {
    return seen.ok() ? Ok() : Result<>(seen.error());
  }
  return ConfigError(
      fmt::format("user {} may not open what the quarantine holds", connection.user()),
      fmt::format("GRANT bauta_operator TO {};", pg::QuoteName(connection.user())));
}

// Bodies that the identity opens are looked into: an entry in the audit says so first.
Result<Bodies> SearchQuarantine(Context& context, const config::Config& config,
                                const EraseFlags& flags, const OpenedIdentity* identity,
                                const std::function<bool(Message&)>& is_theirs,
                                pg::Connection& connection) {
  Bodies bodies;
  if (identity != nullptr) {
    const char* const action = flags.dry_run ? "quarantine.show" : "quarantine.discard";
    TRY(RecordAccess(config, context.blame, action, flags.why, "all that is held, to erase"));
    const quarantine::FoundBodies found =
        TRY(quarantine::FindBodies(connection, {identity->id, identity->secret}, is_theirs));
    bodies.discarded = flags.dry_run ? found.ids.size()
                                     : TRY(quarantine::Discard(connection, found.ids, flags.why));
    bodies.held = found.closed;
  }
  const vault::SealedBodies sealed = TRY(vault::CountSealedBodies(connection));
  if (identity == nullptr) bodies.held = sealed.held;
  bodies.gone_by = sealed.gone_by;
  return bodies;
}

Result<> Run(Context& context, const config::Config& config, const EraseFlags& flags) {
  Blame& blame = context.blame;
  const std::string reason = TRY(CheckReason(flags.why, flags.identity.empty() ? 500 : 460));
  const ColumnRule* const column = TRY(ColumnOf(config, flags.column));
  const keys::KeyRing ring = TRY(LoadKeyRing(config, blame));
  const Whom whom{flags.column, TRY(ReadWhom(context, column->column))};
  std::optional<OpenedIdentity> identity;
  if (!flags.identity.empty())
    identity.emplace(TRY(OpenIdentity(context, flags.identity, flags.passphrase_file)));
  std::optional<pg::Connection> apart = TRY(OpenApart(config, blame));
  pg::Connection connection = TRY(apart ? Connect(config, blame, "bauta erase")
                                        : OpenDesk(config, blame, vault::CheckEraser));
  const vault::ErasePlaces places{connection, apart ? &*apart : nullptr,
                                  apart && TRY(blame.On(config::codes::kPrivilege, paths::kUrl,
                                                        vault::AliasesWithRows(connection)))};
  const TableSchema table = TRY(blame.On(config::codes::kTable, paths::kTable,
                                         sinks::ReadTableSchema(connection, config.target.table)));
  TRY(CheckHasAllKeys(connection, ring, blame));
  if (identity) TRY(CheckOperator(connection));
  EraseOrder order = TRY(MakeOrder(config, ring, table, connection, whom, NowMs()));
  Theirs is_theirs = TRY(Theirs::Make(config, ring, whom, order));
  order.table = TRY(NameForSql(connection, table));
  order.rows = flags.rows == "null" ? RowsBecome::kNull : RowsBecome::kDeleted;
  order.reason = reason;
  if (!flags.dry_run) {
    TRY(Confirm(context,
                {"erase forgets for good",
                 fmt::format("Rows of {} will be {} for good.  Go on?", config.target.table,
                             flags.rows == "null" ? "emptied" : "deleted"),
                 "nothing was erased"}));
  }
  const EraseCounts done =
      TRY(flags.dry_run ? vault::WouldErase(places, order) : Execute(context, places, order));
  const Bodies bodies = TRY(SearchQuarantine(
      context, config, flags, identity ? &*identity : nullptr,
      [&is_theirs](Message& message) { return is_theirs(message); }, connection));
  fmt::print("{}", context.json ? AnswerJson(done, bodies, flags.dry_run)
                                : AnswerText(done, bodies, flags.dry_run, flags.rows == "null"));
  return Ok();
}

}  // namespace

void AddErase(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand(
      "erase", "Forget a person, or a value; which one comes from standard input");
  const auto flags = std::make_shared<EraseFlags>();
  command->add_option("--column", flags->column,
                      "A value of this masked column; else the person in the config's subject");
  command->add_option("--rows", flags->rows, "What becomes of their rows")
      ->check(CLI::IsMember({"null", "delete"}))
      ->required();
  command->add_option("--reason", flags->why, "Why you do this: it stands in the audit")
      ->required();
  AddIdentityFlags(*command, flags->identity, flags->passphrase_file,
                   "The quarantine's identity file: to look there too");
  command->add_flag("--dry-run", flags->dry_run, "Say what would go, change nothing");
  command->callback([&context, flags] {
    context.WithConfig([&](const config::Config& config) { return Run(context, config, *flags); });
  });
}

}  // namespace bauta::cli
