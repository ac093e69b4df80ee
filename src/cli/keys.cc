// `bauta keys generate | list | check`; the other keys_*.cc have what changes a ring.
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
#include "cli/kms.h"
#include "cli/load_config.h"
#include "cli/passphrase.h"
#include "cli/text_table.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "crypto/process.h"
#include "keys/generate.h"
#include "keys/key_file.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "schema/grants.h"
#include "schema/registry.h"

namespace bauta::cli {
namespace {

struct GenerateFlags {
  std::string folder, passphrase_file, kms, identity_kms;
  bool no_passphrase = false;
};

std::string TextOrNull(const std::string& text) { return text.empty() ? "null" : JsonString(text); }

std::string KmsKeyOf(const keys::KeyRing::Key& key) {
  return key.wrapping ? key.wrapping->key_id : "";
}

// "raw", "aws-kms", or nothing: it is destroyed.
std::string_view MaterialOf(const keys::KeyRing::Key& key) {
  if (key.status == keys::KeyStatus::kDestroyed) return "";
  return key.wrapping ? "aws-kms" : "raw";
}

void PrintGenerated(const Context& context, const std::string& folder, const keys::KeyRing& ring,
                    const std::string& identity_kms, bool protected_by_passphrase) {
  const std::string ring_file = keys::PathIn(folder, keys::kKeyRingFile);
  const std::string vault_file = keys::PathIn(folder, keys::kVaultIdentityFile);
  const std::string quarantine_file = keys::PathIn(folder, keys::kQuarantineIdentityFile);
  if (context.json) {
    fmt::print(R"({{"keyring":{},"kid":{},"kcv":{},"identities":[{{"id":"v1","purpose":"vault",)"
               R"("file":{}}},{{"id":"q1","purpose":"quarantine","file":{}}}],"passphrase":{},)"
               R"("kms_key":{},"identity_kms_key":{}}})"
               "\n",
               JsonString(ring_file), JsonString(ring.primary().kid),
               JsonString(ring.primary().kcv), JsonString(vault_file), JsonString(quarantine_file),
               protected_by_passphrase, TextOrNull(KmsKeyOf(ring.primary())),
               TextOrNull(identity_kms));
    return;
  }
  fmt::print(
      "made {} (key k1, check value {}; recipients v1, q1)\n"
      "made {}\nmade {}\n\n"
      "{} belongs on every host that runs bauta, and into a backup: without it new\n"
      "tokens never equal old ones again.\n"
      "The identities do not belong on this host, if it runs bauta. They open what was\n"
      "sealed: move {} to where originals may be\n"
      "revealed, and {} to where quarantined messages are looked at.\n"
      "Each with a backup of its own: nothing opens the records of a lost one.\n",
      ring_file, ring.primary().kcv, vault_file, quarantine_file, ring_file, vault_file,
      quarantine_file);
  if (ring.primary().wrapping) {
    fmt::print("The token key is wrapped: the hosts that run bauta may kms:Decrypt with\n{}\n",
               KmsKeyOf(ring.primary()));
  }
  if (!identity_kms.empty()) {
    fmt::print("The identities are wrapped by KMS key {}.\n", identity_kms);
  } else if (!protected_by_passphrase) {
    fmt::print("They have no passphrase: whoever reads them has them.\n");
  }
}

Result<> GenerateKeys(const Context& context, const GenerateFlags& flags) {
  // Beside the config that these keys will serve, which need not exist yet.
  const std::string folder =
      flags.folder.empty() ? keys::FolderOf(context.ConfigFile()) : flags.folder;
  TRY(crypto::SelfTest());
  TRY(keys::CheckGenerate(folder));  // Before anyone types a passphrase.
  keys::GenerateOptions options;
  if (flags.identity_kms.empty()) {
    options.passphrase = TRY(ChoosePassphrase(context, flags.passphrase_file, flags.no_passphrase));
  }
  options.wrap_key = WrapByKms(flags.kms);
  options.wrap_identities = WrapByKms(flags.identity_kms);
  TRY(keys::Generate(folder, options));
  const keys::KeyRing ring =
      TRY(keys::KeyRing::LoadWrapped(keys::PathIn(folder, keys::kKeyRingFile)));
  PrintGenerated(context, folder, ring, flags.identity_kms, options.passphrase.has_value());
  return Ok();
}

std::string_view RecipientStatus(const keys::Recipient& recipient) {
  return keys::StatusName(recipient.enabled ? keys::KeyStatus::kEnabled
                                            : keys::KeyStatus::kDisabled);
}

// What is safe to show of a ring; `more` is put at its end.
void PrintRingJson(const std::string& file, const keys::KeyRing& ring, std::string_view more = {}) {
  std::string keys_text, recipients_text;
  for (const keys::KeyRing::Key& key : ring.keys()) {
    keys_text += fmt::format(
        R"({}{{"kid":{},"status":"{}","created":{},"kcv":{},"material":{},"kms_key":{}}})",
        keys_text.empty() ? "" : ",", JsonString(key.kid), keys::StatusName(key.status),
        JsonString(key.created), JsonString(key.kcv), TextOrNull(std::string(MaterialOf(key))),
        TextOrNull(KmsKeyOf(key)));
  }
  for (const keys::Recipient& r : ring.recipients()) {
    recipients_text +=
        fmt::format(R"({}{{"id":{},"purpose":"{}","alg":"x25519-hpke","status":"{}"}})",
                    recipients_text.empty() ? "" : ",", JsonString(r.id),
                    keys::PurposeName(r.purpose), RecipientStatus(r));
  }
  fmt::print(R"({{"file":{},"keyring":{},"primary":{},"keys":[{}],"recipients":[{}]{}}})"
             "\n",
             JsonString(file), JsonString(ring.id()), JsonString(ring.primary().kid), keys_text,
             recipients_text, more);
}

void PrintRingText(const std::string& file, const keys::KeyRing& ring) {
  std::vector<std::vector<std::string>> key_rows, recipient_rows;
  for (const keys::KeyRing::Key& key : ring.keys()) {
    key_rows.push_back({key.kid, std::string(keys::StatusName(key.status)), key.created, key.kcv,
                        std::string(MaterialOf(key)),
                        key.kid == ring.primary().kid ? "primary" : ""});
  }
  for (const keys::Recipient& r : ring.recipients()) {
    recipient_rows.push_back({r.id, std::string(keys::PurposeName(r.purpose)), "x25519-hpke",
                              std::string(RecipientStatus(r))});
  }
  fmt::print(
      "{}: key ring {}\n\n{}\n{}", file, ring.id(),
      TextTable({{"key"}, {"status"}, {"created"}, {"check value"}, {"material"}, {""}}, key_rows),
      TextTable({{"recipient"}, {"purpose"}, {"algorithm"}, {"status"}}, recipient_rows));
}

Result<> ListKeys(Context& context, const std::string& file) {
  const std::optional<RingFile> found = FindRing(context, file);
  if (!found) return Ok();
  const keys::KeyRing ring = TRY(context.blame.On(config::codes::kKeyRing, "keys.file",
                                                  keys::KeyRing::LoadWrapped(found->path)));
  if (context.json) {
    PrintRingJson(found->path, ring);
  } else {
    PrintRingText(found->path, ring);
  }
  return Ok();
}

// The config whose database knows the keys.  Beside --file it need not be there, nor be right.
std::optional<config::Config> ConfigOfDatabase(Context& context, const std::string& file) {
  if (file.empty()) return context.loaded->config;
  config::Loaded loaded = config::Load(SourcesOf(context));
  if (!loaded.ok()) return std::nullopt;
  return std::move(loaded.config);
}

// Empty: the database has the same keys; else why it could not be asked.
Result<std::string> CompareWithDatabase(Context& context, const std::string& file,
                                        const keys::KeyRing& ring) {
  const std::optional<config::Config> config = ConfigOfDatabase(context, file);
  if (!config) return std::string("there is no config to say which");
  Result<pg::Connection> connection = pg::Connection::Open({.url = config->target.url});
  if (!connection.ok()) return connection.error().message;
  if (const Result<> may = schema::CheckGrants(*connection); !may.ok()) return may.error().message;
  std::string setting;
  Result<> same = schema::CompareKeys(*connection, MakeRegistry(*config, ring).keys, setting);
  if (same.ok()) return std::string();
  if (setting.empty()) return same.error().message;
  TRY(context.blame.On(config::codes::kRegistry, setting, std::move(same)));
  return std::string();
}

Result<> CheckKeys(Context& context, const std::string& file) {
  const std::optional<RingFile> found = FindRing(context, file);
  if (!found) return Ok();
  TRY(crypto::SelfTest());
  const keys::KeyRing ring =
      TRY(context.blame.On(config::codes::kKeyRing, "keys.file",
                           keys::KeyRing::Load(found->path, found->require_mlock, UnwrapByKms())));
  const std::string why_not = TRY(CompareWithDatabase(context, file, ring));
  if (context.json) {
    PrintRingJson(found->path, ring,
                  fmt::format(R"(,"ok":true,"compared_with_database":{})", why_not.empty()));
    return Ok();
  }
  fmt::print(
      "{}: owner, mode and shape are right\n"
      "key ring {}: primary {}, {} key(s), {} recipient(s), every check value fits its key\n"
      "the cryptographic libraries pass their self-test\n"
      "{}\n",
      found->path, ring.id(), ring.primary().kid, ring.keys().size(), ring.recipients().size(),
      why_not.empty() ? "the database was filled with these keys"
                      : "not compared with a database: " + why_not);
  return Ok();
}

void Finish(Context& context, const Result<>& done) {
  if (!done.ok()) context.Fail(done.error());
}

void AddGenerate(CLI::App& keys_app, Context& context) {
  auto flags = std::make_shared<GenerateFlags>();
  CLI::App* const app = keys_app.add_subcommand(
      "generate", "Make a key ring and the identities for vault and quarantine; needs no config");
  app->add_option("--dir", flags->folder, "Where to (default: beside the config)")
      ->type_name("DIR");
  AddKmsFlag(*app, flags->kms);
  CLI::Option* const kms = AddIdentityKmsFlag(*app, flags->identity_kms);
  CLI::Option* const none =
      app->add_flag("--no-passphrase", flags->no_passphrase, "Leave the identities in clear")
          ->excludes(kms);
  app->add_option("--passphrase-file", flags->passphrase_file, "Its first line is the passphrase")
      ->type_name("FILE")
      ->excludes(none)
      ->excludes(kms);
  app->callback([flags, &context] { Finish(context, GenerateKeys(context, *flags)); });
}

void AddReader(CLI::App& keys_app, Context& context, const char* name, const char* what,
               Result<> (*read)(Context&, const std::string&)) {
  auto file = std::make_shared<std::string>();
  CLI::App* const app = keys_app.add_subcommand(name, what);
  app->add_option("--file", *file, "Key ring (default: the config's keys.file)")->type_name("FILE");
  app->callback([file, read, &context] { Finish(context, read(context, *file)); });
}

}  // namespace

std::optional<RingFile> FindRing(Context& context, const std::string& file) {
  if (!file.empty()) return RingFile{file};
  const std::optional<config::Config> config = context.LoadConfig();
  if (!config) return std::nullopt;
  return RingFile{config->keyring, config->require_mlock};
}

void AddKeys(CLI::App& app, Context& context) {
  CLI::App* const keys_app =
      app.add_subcommand("keys", "Token keys and who may open what is sealed");
  keys_app->require_subcommand(1);
  AddGenerate(*keys_app, context);
  AddReader(*keys_app, context, "list", "Keys and recipients of the key ring", ListKeys);
  AddReader(*keys_app, context, "check",
            "Is the key ring in order, and the one of the database?  Ends with 2 if not",
            CheckKeys);
  AddKeysAdd(*keys_app, context);
  AddKeysRotate(*keys_app, context);
  AddKeysEnd(*keys_app, context);
  AddKeysExport(*keys_app, context);
}

}  // namespace bauta::cli
