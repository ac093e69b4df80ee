// `bauta keys add | rotate | retire | destroy`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/command.h"
#include "cli/keys_verbs.h"
#include "cli/passphrase.h"
#include "cli/rotation.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "crypto/process.h"
#include "keys/edit.h"
#include "pg/connection.h"
#include "schema/schema.h"
#include "vault/old_tokens.h"

namespace bauta::cli {
namespace {

struct Flags {
  std::string file, kid, recipient, purpose = "vault", folder, passphrase_file;
  bool no_passphrase = false, new_recipient = false, accept_broken_joins = false, force = false;
};

Result<keys::KeyRingEdit> OpenRing(const std::string& path, Blame& blame) {
  TRY(crypto::SelfTest());
  return blame.On(config::codes::kKeyRing, "keys.file", keys::KeyRingEdit::Open(path));
}

// What was done, and what comes next: for a person, who may be in a hurry.
void Tell(const Context& context, const std::string& ring, const std::string& did,
          const std::string& next, const std::string& json) {
  if (context.json) {
    fmt::print("{{\"file\":{},{}}}\n", JsonString(ring), json);
  } else if (!context.quiet) {
    fmt::print("{}: {}\n{}{}", ring, did, next, next.empty() ? "" : "\n");
  }
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

Result<> AddRecipient(Context& context, const Flags& flags, const std::string& ring) {
  const keys::Purpose purpose =
      flags.purpose == "vault" ? keys::Purpose::kVault : keys::Purpose::kQuarantine;
  keys::KeyRingEdit edit = TRY(OpenRing(ring, context.blame));
  const std::optional<crypto::SecretBytes> passphrase =
      TRY(ChoosePassphrase(context, flags.passphrase_file, flags.no_passphrase));
  keys::KeyRingEdit::NewRecipient made =
      TRY(edit.AddRecipient(purpose, flags.recipient, passphrase ? &*passphrase : nullptr));
  const std::string folder = flags.folder.empty() ? FolderOf(ring) : flags.folder;
  const std::string identity = folder + "/identity-" + made.id + ".json";
  const Result<> written = keys::WriteNewFiles({{identity, made.identity}});
  crypto::Wipe(made.identity);
  if (!written.ok()) return written;
  // The ring last: if it names a recipient, there is what opens what is sealed for it.
  if (const Result<> saved = edit.Save(); !saved.ok()) {
    std::remove(identity.c_str());
    return saved;
  }
  Tell(context, ring,
       fmt::format("recipient {} for the {} added; its identity is {}", made.id, flags.purpose,
                   identity),
       fmt::format("bring the key ring to all hosts and the identity to the one where the {} is "
                   "opened, with a backup;\nthen set {}: {{recipient: {}}} and restart{}",
                   flags.purpose, flags.purpose, made.id,
                   purpose == keys::Purpose::kVault
                       ? fmt::format("; then `bauta rekey --recipient {}`", made.id)
                       : ""),
       fmt::format(R"("recipient":{},"purpose":"{}","identity":{})", JsonString(made.id),
                   flags.purpose, JsonString(identity)));
  return Ok();
}

Result<> Add(Context& context, const Flags& flags) {
  const std::optional<RingFile> found = FindRing(context, flags.file);
  if (!found) return Ok();
  if (flags.new_recipient) return AddRecipient(context, flags, found->path);
  keys::KeyRingEdit edit = TRY(OpenRing(found->path, context.blame));
  const std::string kid = TRY(edit.AddKey(flags.kid));
  TRY(edit.Save());
  const std::string kcv = edit.Ring()->Find(kid)->kcv;
  Tell(context, found->path,
       fmt::format("key {} added (DISABLED, check value {}); nothing uses it yet", kid, kcv),
       fmt::format("bring the key ring to all hosts and into its backup, and restart or SIGHUP the "
                   "instances;\nthen `bauta keys rotate`"),
       fmt::format(R"("kid":"{}","status":"DISABLED","kcv":"{}")", kid, kcv));
  return Ok();
}

// What the ring will be, into the database's registry: before it is a file, so that no instance
// can begin to use what the database does not know.
Result<std::vector<std::string>> Publish(const config::Config& config, const keys::KeyRing& ring,
                                         pg::Connection& connection, schema::NewTokens new_tokens,
                                         Blame& blame) {
  std::string setting;
  Result<std::vector<std::string>> did =
      schema::Init(connection, MakeRegistry(config, ring),
                   {.vault = NeedsPii(config, ring), .new_tokens = new_tokens}, &setting);
  if (did.ok() || setting.empty()) return did;
  return blame.On(config::codes::kRegistry, setting, std::move(did));
}

Result<> Rotate(Context& context, const Flags& flags) {
  const std::optional<config::Config> config = context.LoadConfig();
  if (!config) return Ok();
  keys::KeyRingEdit edit = TRY(OpenRing(config->keyring, context.blame));
  const keys::KeyRing before = TRY(edit.Ring());
  const std::string kid = TRY(NextPrimary(before, flags.kid));
  const std::vector<BrokenJoin> broken = BrokenJoins(*config);
  std::string list;
  for (const BrokenJoin& one : broken) list += fmt::format("\n  {}: {}", one.column, one.why);
  if (!broken.empty() && !flags.accept_broken_joins) {
    return ConfigError("new tokens would not join with the old ones of:" + list,
                       "if that is meant: --accept-broken-joins.  Nothing was changed");
  }
  TRY(edit.MakePrimary(kid));
  const keys::KeyRing ring = TRY(edit.Ring());
  pg::Connection connection = TRY(Connect(*config, context.blame, "bauta keys"));
  TRY(Publish(*config, ring, connection,
              broken.empty() ? schema::NewTokens::kRefuse : schema::NewTokens::kAccept,
              context.blame));
  TRY(edit.Save());
  const std::string& old = before.primary().kid;
  Tell(context, config->keyring,
       fmt::format("new tokens are made with {} from now on; {} stays ENABLED, and instances say "
                   "which new token stands for which old one",
                   kid, old),
       fmt::format("bring the key ring to all hosts and into its backup, and restart or SIGHUP the "
                   "instances;\nwhen all of them are on {}: `bauta rekey`, then `bauta keys retire "
                   "{}`{}",
                   kid, old, list.empty() ? "" : "\njoins that break:" + list),
       fmt::format(R"("primary":"{}","old":"{}","broken_joins":{})", kid, old, broken.size()));
  return Ok();
}

// Neither the table nor the vault has tokens of the key, as far as this config's pipeline goes.
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
  const auto column = TRY(vault::FindOldTokens(connection, name, columns, kid));
  if (column) return used(fmt::format("column {} of table {}", *column, name));
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

Result<> RetireRecipient(Context& context, const Flags& flags) {
  const std::optional<RingFile> found = FindRing(context, flags.file);
  if (!found) return Ok();
  keys::KeyRingEdit edit = TRY(OpenRing(found->path, context.blame));
  TRY(edit.DisableRecipient(flags.recipient));
  TRY(edit.Save());
  Tell(context, found->path,
       fmt::format("recipient {} is DISABLED: nothing is sealed for it any more", flags.recipient),
       "", fmt::format(R"("recipient":{},"status":"DISABLED")", JsonString(flags.recipient)));
  return Ok();
}

Result<> Retire(Context& context, const Flags& flags) {
  if (!flags.recipient.empty()) return RetireRecipient(context, flags);
  const std::optional<config::Config> config = context.LoadConfig();
  if (!config) return Ok();
  keys::KeyRingEdit edit = TRY(OpenRing(config->keyring, context.blame));
  TRY(edit.Disable(flags.kid));
  const keys::KeyRing ring = TRY(edit.Ring());
  pg::Connection connection = TRY(Connect(*config, context.blame, "bauta keys"));
  if (!flags.force) {
    TRY(CheckGrants(connection, context.blame));
    TRY(RefuseIfEventKeys(connection, flags.kid));
    TRY(RefuseIfUsed(*config, connection, flags.kid, context.blame));
  }
  TRY(Publish(*config, ring, connection, schema::NewTokens::kRefuse, context.blame));
  TRY(edit.Save());
  Tell(context, config->keyring, fmt::format("key {} is DISABLED", flags.kid),
       fmt::format("bring the key ring to all hosts; `bauta keys destroy {}` when no copy of its "
                   "tokens is needed any more",
                   flags.kid),
       fmt::format(R"("kid":"{}","status":"DISABLED")", flags.kid));
  return Ok();
}

Result<> Destroy(Context& context, const Flags& flags) {
  const std::optional<config::Config> config = context.LoadConfig();
  if (!config) return Ok();
  keys::KeyRingEdit edit = TRY(OpenRing(config->keyring, context.blame));
  TRY(edit.Destroy(flags.kid));
  const keys::KeyRing ring = TRY(edit.Ring());
  pg::Connection connection = TRY(Connect(*config, context.blame, "bauta keys"));
  if (!flags.force) TRY(RefuseIfUsed(*config, connection, flags.kid, context.blame));
  TRY(Publish(*config, ring, connection, schema::NewTokens::kRefuse, context.blame));
  TRY(edit.Save());
  const std::int64_t aliases = TRY(vault::DropAliases(connection, flags.kid));
  Tell(context, config->keyring,
       fmt::format("key {} is DESTROYED; {} aliases of its tokens are gone", flags.kid,
                   WithCommas(static_cast<std::uint64_t>(aliases))),
       "it is still in the other copies of the key ring and in its backups: replace or destroy "
       "those too",
       fmt::format(R"("kid":"{}","status":"DESTROYED","aliases":{})", flags.kid, aliases));
  return Ok();
}

CLI::App* AddVerb(CLI::App& keys_app, Context& context, const char* name, const char* what,
                  const std::shared_ptr<Flags>& flags, Result<> (*verb)(Context&, const Flags&)) {
  CLI::App* const app = keys_app.add_subcommand(name, what);
  app->callback([flags, verb, &context] {
    if (const Result<> done = verb(context, *flags); !done.ok()) context.Fail(done.error());
  });
  return app;
}

void AddFile(CLI::App& app, Flags& flags) {
  app.add_option("--file", flags.file, "Key ring (default: the config's keys.file)")
      ->type_name("FILE");
}

void AddAdd(CLI::App& keys_app, Context& context) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* const app = AddVerb(
      keys_app, context, "add",
      "A new token key, DISABLED until `rotate`; or a new recipient and its identity", flags, Add);
  CLI::Option* const kid =
      app->add_option("--kid", flags->kid, "Its name (default: the next of k1, k2...)");
  CLI::Option* const recipient =
      app->add_option("--recipient", flags->recipient,
                      "Not a key: who may open what is sealed.  A name, or none for the next of "
                      "v1, v2...")
          ->expected(0, 1)
          ->type_name("NAME")
          ->excludes(kid);
  app->parse_complete_callback(
      [flags, recipient] { flags->new_recipient = recipient->count() > 0; });
  app->add_option("--purpose", flags->purpose, "What the recipient opens (default: the vault)")
      ->check(CLI::IsMember({"vault", "quarantine"}))
      ->needs(recipient);
  app->add_option("--dir", flags->folder, "Where the identity goes (default: beside the key ring)")
      ->type_name("DIR")
      ->needs(recipient);
  CLI::Option* const none =
      app->add_flag("--no-passphrase", flags->no_passphrase, "Leave the identity in clear")
          ->needs(recipient);
  app->add_option("--passphrase-file", flags->passphrase_file, "Its first line is the passphrase")
      ->type_name("FILE")
      ->needs(recipient)
      ->excludes(none);
  AddFile(*app, *flags);
}

}  // namespace

void AddKeyChanges(CLI::App& keys_app, Context& context) {
  AddAdd(keys_app, context);

  const auto rotate = std::make_shared<Flags>();
  CLI::App* app =
      AddVerb(keys_app, context, "rotate",
              "Make the key that was added the primary; the old one stays ENABLED", rotate, Rotate);
  app->add_option("--to", rotate->kid, "Which (default: the one that was added last)")
      ->type_name("KID");
  app->add_flag("--accept-broken-joins", rotate->accept_broken_joins,
                "Also where old tokens of a column can't be moved to the new key");

  const auto retire = std::make_shared<Flags>();
  app = AddVerb(keys_app, context, "retire",
                "End a rotation: the old key, or a recipient, becomes DISABLED", retire, Retire);
  CLI::Option* const kid = app->add_option("KID", retire->kid, "The key");
  CLI::Option* const recipient =
      app->add_option("--recipient", retire->recipient, "The recipient")->excludes(kid);
  app->require_option(1, 0);
  app->add_flag("--force", retire->force, "Also while tokens of the key are in use");
  AddFile(*app, *retire);
  (void)recipient;

  const auto destroy = std::make_shared<Flags>();
  app =
      AddVerb(keys_app, context, "destroy",
              "Take the material of a retired key out of the key ring, for good", destroy, Destroy);
  app->add_option("KID", destroy->kid, "The key")->required();
  app->add_flag("--force", destroy->force, "Also while tokens of the key are in use");
}

}  // namespace bauta::cli
