// `bauta keys retire | destroy`: the end of a key, or of a recipient.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/confirm.h"
#include "cli/erase_order.h"
#include "cli/keys_verbs.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "schema/registry.h"
#include "sinks/postgres_sink.h"
#include "vault/old_tokens.h"

namespace bauta::cli {
namespace {

struct Flags {
  std::string file, kid, recipient;
  bool force = false;
};

// "column masked_ip of table public.logins"; nothing if none has tokens of the key.
Result<std::optional<std::string>> FindInTable(pg::Connection& connection, const std::string& table,
                                               std::span<const std::string> columns,
                                               const std::string& kid) {
  const auto column = TRY(vault::FindOldTokens(connection, table, columns, kid));
  if (!column) return std::optional<std::string>();
  return std::optional(fmt::format("column {} of table {}", *column, table));
}

// Likewise, in a table that is anybody's, within a transaction: nothing of its owner's, as a policy
// or a cast, may run with the rights of who looks.
Result<std::optional<std::string>> FindInLocked(pg::Connection& connection,
                                                const std::string& table,
                                                std::span<const std::string> columns,
                                                const std::string& kid) {
  TRY(connection.Query("LOCK TABLE " + table + " IN ACCESS SHARE MODE"));  // It stays as it is.
  const TableSchema now = TRY(sinks::ReadTableSchema(connection, table));
  std::vector<std::string> texts;  // No other holds tokens.
  for (const Column& column : now.columns) {
    const bool text = column.type == ColumnType::kText || column.type == ColumnType::kVarchar;
    if (text && std::ranges::count(columns, column.name) > 0) texts.push_back(column.name);
  }
  return FindInTable(connection, table, texts, kid);
}

// The table of another pipeline, as text with quotes.
struct OtherTable {
  std::string pipeline, schema, name;
};

Result<std::optional<std::string>> FindInOther(pg::Connection& connection, const OtherTable& table,
                                               std::span<const std::string> columns,
                                               const std::string& kid, Blame& blame) {
  TRY(connection.Query("BEGIN READ ONLY; SET LOCAL row_security = off"));
  Result<std::optional<std::string>> found = FindInLocked(connection, table.name, columns, kid);
  if (!connection.Rollback()) return Retryable("the connection to the database broke");
  if (found.ok() || found.error().code == ErrorCode::kRetryable) return found;
  const std::string what =
      fmt::format("user {} may not see whether table {} of pipeline {} has tokens of key {}",
                  connection.user(), table.name, table.pipeline, kid);
  if (connection.last_failure().sqlstate != "42501") {
    return ConfigError(what + ": " + found.error().message,
                       "look as its owner; if it has none, or they may stay: --force");
  }
  return blame.On(
      config::codes::kPrivilege, paths::kUrl,
      Result<std::optional<std::string>>(ConfigError(
          what, fmt::format("GRANT USAGE ON SCHEMA {0} TO {2}; GRANT SELECT ON {1} TO {2};",
                            table.schema, table.name, pg::QuoteName(connection.user())))));
}

// In the table of any other pipeline of this database, as far as its config is registered.
Result<> RefuseIfUsedByOthers(const config::Config& config, pg::Connection& connection,
                              const std::string& kid, Blame& blame) {
  std::string found;
  for (const schema::TokenColumns& other :
       TRY(schema::ReadOtherTokenColumns(connection, config.pipeline))) {
    const std::string schema = pg::QuoteName(other.schema);
    const OtherTable table{other.pipeline, schema, schema + "." + pg::QuoteName(other.table)};
    const auto where = TRY(FindInOther(connection, table, other.columns, kid, blame));
    if (!where) continue;
    found += fmt::format("{}{} (pipeline {})", found.empty() ? "" : ", ", *where, other.pipeline);
  }
  if (found.empty()) return Ok();
  return ConfigError(fmt::format("other pipelines still have tokens of key {}: {}", kid, found),
                     "`bauta rekey` with the config of each moves them to the new key; if they may "
                     "stay what nobody can join, look up or verify any more: --force");
}

// Neither the tables nor the vault have tokens of the key, as far as this database knows of them.
Result<> RefuseIfUsed(const config::Config& config, pg::Connection& connection,
                      const std::string& kid, Blame& blame) {
  const auto used = [&](const std::string& where) {
    return ConfigError(fmt::format("{} still has tokens of key {}", where, kid),
                       "`bauta rekey` moves them to the new key; if they may stay what nobody can "
                       "join, look up or verify any more: --force");
  };
  const TableSchema table = TRY(ReadTarget(connection, config, blame));
  std::vector<std::string> columns;
  for (const ColumnRule& rule : config.mapping.columns) {
    if (rule.mask && IsToken(rule.mask->mask)) columns.push_back(rule.column);
  }
  const std::string name = pg::QuoteName(table.schema) + "." + pg::QuoteName(table.name);
  const auto here = TRY(FindInTable(connection, name, columns, kid));
  if (here) return used(*here);
  TRY(RefuseIfUsedByOthers(config, connection, kid, blame));
  std::optional<pg::Connection> apart;
  if (config.vault.url) apart.emplace(TRY(ConnectVault(config, blame)));
  if (TRY(vault::VaultHasKey(apart ? *apart : connection, kid))) return used("the vault");
  return Ok();
}

// Under the eldest key the ledger's event keys are hashed.
Result<> RefuseIfEventKeys(pg::Connection& connection, const std::string& kid) {
  const pg::Rows rows = TRY(connection.Exec(
      "SELECT name FROM bauta.pipeline WHERE key_spec LIKE '% under ' || $1 ORDER BY 1 LIMIT 1",
      pg::Params().Text(kid)));
  if (rows.size() == 0) return Ok();
  return ConfigError(
      fmt::format("pipeline {} knows its events by hashes under key {}", rows.Text(0, 0), kid),
      "an event that was loaded and is sent again would be loaded twice; if none comes again: "
      "--force");
}

// What was erased before the rotation is known by the old key's tokens alone.
Result<> RefuseIfErased(const config::Config& config, pg::Connection& connection,
                        const keys::KeyRing& ring, const std::string& kid, Blame& blame) {
  std::optional<pg::Connection> apart;
  if (config.vault.url) apart.emplace(TRY(ConnectVault(config, blame)));
  const std::optional<std::string> day = TRY(
      vault::ErasedUnder(apart ? *apart : connection, kid, ring.primary().kid, DaysOfWay(config)));
  if (!day) return Ok();
  return ConfigError(
      fmt::format("what was erased while {} was the key is known by its tokens alone", kid),
      fmt::format("retire it after {}: until then messages may come that were sent before the "
                  "erasure, and would be loaded; if none can come: --force",
                  *day));
}

// A run that starts with such a ring would end at once, and what is sealed for the recipient could
// soon be opened by nobody.
Result<> RefuseIfSealedFor(const config::Config& config, const Flags& flags, Blame& blame) {
  if (config.vault.recipient == flags.recipient || config.quarantine.recipient == flags.recipient) {
    return ConfigError(fmt::format("new records are still sealed for {}", flags.recipient),
                       "set another recipient in the config of all hosts and restart them first");
  }
  if (flags.force || !HasVault(config)) return Ok();
  pg::Connection vault =
      TRY(config.vault.url ? ConnectVault(config, blame) : Connect(config, blame, "bauta keys"));
  if (!TRY(vault::VaultHasRecipient(vault, flags.recipient))) return Ok();
  return ConfigError(fmt::format("the vault has originals that are sealed for {}", flags.recipient),
                     "`bauta rekey --recipient` seals them for another; if nobody need open them: "
                     "--force");
}

Result<> RetireRecipient(Context& context, const Flags& flags) {
  const std::optional<RingFile> found = FindRing(context, flags.file);
  if (!found) return Ok();
  if (flags.file.empty()) {  // Else nothing is known of config and vault.
    const std::optional<config::Config> config = context.LoadConfig();
    if (config) TRY(RefuseIfSealedFor(*config, flags, context.blame));
  }
  keys::KeyRingEdit edit = TRY(EditRing(found->path, context.blame));
  TRY(edit.DisableRecipient(flags.recipient));
  TRY(edit.Save());
  TellKeys(
      context, found->path,
      fmt::format("recipient {} is DISABLED: nothing is sealed for it any more", flags.recipient),
      "", fmt::format(R"("recipient":{},"status":"DISABLED")", JsonString(flags.recipient)));
  return Ok();
}

Result<> Retire(Context& context, const config::Config& config, const Flags& flags) {
  keys::KeyRingEdit edit = TRY(EditRing(config.keyring, context.blame));
  const keys::KeyRing before = TRY(edit.Ring());
  TRY(edit.Disable(flags.kid));
  const keys::KeyRing ring = TRY(edit.Ring());
  pg::Connection connection = TRY(Connect(config, context.blame, "bauta keys"));
  if (!flags.force) {
    TRY(CheckGrants(connection, context.blame));
    TRY(RefuseIfEventKeys(connection, flags.kid));
    TRY(RefuseIfUsed(config, connection, flags.kid, context.blame));
    TRY(RefuseIfErased(config, connection, ring, flags.kid, context.blame));
  }
  TRY(PublishRing(config, ring, connection, schema::NewTokens::kRefuse, context.blame));
  if (!flags.force) {  // An instance may have written under it meanwhile; from now on none does.
    if (const Result<> unused = RefuseIfUsed(config, connection, flags.kid, context.blame);
        !unused.ok()) {
      TRY(PublishRing(config, before, connection, schema::NewTokens::kRefuse, context.blame));
      return unused;
    }
  }
  TRY(edit.Save());
  TellKeys(
      context, config.keyring, fmt::format("key {} is DISABLED", flags.kid),
      fmt::format("bring the key ring to all hosts; `bauta keys destroy {}` when no copy of its "
                  "tokens is needed any more",
                  flags.kid),
      fmt::format(R"("kid":"{}","status":"DISABLED")", flags.kid));
  return Ok();
}

Result<> Destroy(Context& context, const config::Config& config, const Flags& flags) {
  keys::KeyRingEdit edit = TRY(EditRing(config.keyring, context.blame));
  TRY(edit.Destroy(flags.kid));
  const keys::KeyRing ring = TRY(edit.Ring());
  pg::Connection connection = TRY(Connect(config, context.blame, "bauta keys"));
  if (!flags.force) TRY(RefuseIfUsed(config, connection, flags.kid, context.blame));
  TRY(Confirm(context, {"destroy takes the key away for good",
                        fmt::format("Take key {} out of {} for good?", flags.kid, config.keyring),
                        "nothing was destroyed"}));
  TRY(PublishRing(config, ring, connection, schema::NewTokens::kRefuse, context.blame));
  const std::int64_t aliases = TRY(vault::DropAliases(connection, flags.kid));
  TRY(edit.Save());
  TellKeys(context, config.keyring,
           fmt::format("key {} is DESTROYED; {} aliases of its tokens are gone", flags.kid,
                       WithCommas(static_cast<std::uint64_t>(aliases))),
           "it is still in the other copies of the key ring and in its backups: replace or destroy "
           "those too",
           fmt::format(R"("kid":"{}","status":"DESTROYED","aliases":{})", flags.kid, aliases));
  return Ok();
}

}  // namespace

void AddKeysEnd(CLI::App& keys_app, Context& context) {
  const auto retire = std::make_shared<Flags>();
  CLI::App* app = keys_app.add_subcommand(
      "retire", "End a rotation: the old key, or a recipient, becomes DISABLED");
  CLI::Option* const kid = app->add_option("KID", retire->kid, "The key");
  app->add_option("--recipient", retire->recipient, "The recipient")->excludes(kid);
  app->require_option(1, 0);
  app->add_flag("--force", retire->force, "Also while tokens of the key are in use");
  app->add_option("--file", retire->file, "Key ring (default: the config's keys.file)")
      ->type_name("FILE");
  app->callback([retire, &context] {
    if (retire->recipient.empty()) {
      return context.WithConfig(
          [&](const config::Config& config) { return Retire(context, config, *retire); });
    }
    if (const Result<> done = RetireRecipient(context, *retire); !done.ok()) {
      context.Fail(done.error());
    }
  });

  const auto destroy = std::make_shared<Flags>();
  app = keys_app.add_subcommand("destroy",
                                "Take the material of a retired key out of the key ring, for good");
  app->add_option("KID", destroy->kid, "The key")->required();
  app->add_flag("--force", destroy->force, "Also while tokens of the key are in use");
  app->callback([destroy, &context] {
    context.WithConfig(
        [&](const config::Config& config) { return Destroy(context, config, *destroy); });
  });
}

}  // namespace bauta::cli
