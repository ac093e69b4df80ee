// `bauta keys add`: a new token key, or a new recipient.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "base/text.h"
#include "cli/keys_verbs.h"
#include "cli/kms.h"
#include "cli/passphrase.h"
#include "keys/key_file.h"

namespace bauta::cli {
namespace {

struct Flags {
  std::string file, kid, recipient, purpose = "vault", folder, passphrase_file, kms, identity_kms;
  bool no_passphrase = false, new_recipient = false;
};

Result<> AddRecipient(Context& context, const Flags& flags, const std::string& ring) {
  const keys::Purpose purpose =
      flags.purpose == "vault" ? keys::Purpose::kVault : keys::Purpose::kQuarantine;
  keys::KeyRingEdit edit = TRY(EditRing(ring, context.blame));
  std::optional<crypto::SecretBytes> passphrase;
  if (flags.identity_kms.empty()) {
    passphrase = TRY(ChoosePassphrase(context, flags.passphrase_file, flags.no_passphrase));
  }
  keys::KeyRingEdit::NewRecipient made =
      TRY(edit.AddRecipient(purpose, flags.recipient, passphrase ? &*passphrase : nullptr, {},
                            WrapByKms(flags.identity_kms)));
  const std::string folder = flags.folder.empty() ? keys::FolderOf(ring) : flags.folder;
  const std::string identity = keys::PathIn(folder, fmt::format("identity-{}.json", made.id));
  const Result<> written = keys::WriteNewFiles({{identity, made.identity}});
  crypto::Wipe(made.identity);
  if (!written.ok()) return written;
  // The ring last: if it names a recipient, there is what opens what is sealed for it.
  if (const Result<> saved = edit.Save(); !saved.ok()) {
    std::remove(identity.c_str());
    return saved;
  }
  TellKeys(
      context, ring,
      fmt::format("recipient {} for the {} added; its identity is {}", made.id, flags.purpose,
                  identity),
      fmt::format("bring the key ring to all hosts; move the identity to the one where the {} is "
                  "opened, with a backup;\nthen set {}: {{recipient: {}}} and restart{}",
                  flags.purpose, flags.purpose, made.id,
                  purpose == keys::Purpose::kVault
                      ? fmt::format("; then `bauta rekey --recipient {}`", made.id)
                      : ""),
      fmt::format(R"("recipient":{},"purpose":"{}","identity":{})", JsonString(made.id),
                  flags.purpose, JsonString(identity)));
  return Ok();
}

// A ring whose primary is wrapped gets no key in clear.
std::string KmsKeyFor(const Flags& flags, const keys::KeyRing& ring) {
  const std::optional<keys::Wrapping>& wrapping = ring.primary().wrapping;
  return flags.kms.empty() && wrapping ? wrapping->key_id : flags.kms;
}

Result<> Add(Context& context, const Flags& flags) {
  const std::optional<RingFile> found = FindRing(context, flags.file);
  if (!found) return Ok();
  if (flags.new_recipient) return AddRecipient(context, flags, found->path);
  keys::KeyRingEdit edit = TRY(EditRing(found->path, context.blame));
  const keys::KeyRing before = TRY(edit.Ring());
  const std::string kid = TRY(edit.AddKey(flags.kid, WrapByKms(KmsKeyFor(flags, before))));
  TRY(edit.Save());
  const std::string kcv = edit.Ring()->Find(kid)->kcv;
  TellKeys(
      context, found->path,
      fmt::format("key {} added (DISABLED, check value {}); nothing uses it yet", kid, kcv),
      fmt::format("bring the key ring to all hosts and into its backup, and restart or SIGHUP the "
                  "instances;\nthen `bauta keys rotate`"),
      fmt::format(R"("kid":"{}","status":"DISABLED","kcv":"{}")", kid, kcv));
  return Ok();
}

}  // namespace

void AddKeysAdd(CLI::App& keys_app, Context& context) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* const app = keys_app.add_subcommand(
      "add", "A new token key, DISABLED until `rotate`; or a new recipient and its identity");
  CLI::Option* const kid =
      app->add_option("--kid", flags->kid, "Its name (default: the next of k1, k2...)");
  CLI::Option* const recipient =
      app->add_option("--recipient", flags->recipient,
                      "Not a key: who may open what is sealed.  A name, or none for the next of "
                      "v1, v2...")
          ->expected(0, 1)
          ->type_name("NAME")
          ->excludes(kid);
  AddKmsFlag(*app, flags->kms)->excludes(recipient);
  CLI::Option* const kms = AddIdentityKmsFlag(*app, flags->identity_kms)->needs(recipient);
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
          ->needs(recipient)
          ->excludes(kms);
  app->add_option("--passphrase-file", flags->passphrase_file, "Its first line is the passphrase")
      ->type_name("FILE")
      ->needs(recipient)
      ->excludes(none)
      ->excludes(kms);
  app->add_option("--file", flags->file, "Key ring (default: the config's keys.file)")
      ->type_name("FILE");
  app->callback([flags, &context] {
    if (const Result<> done = Add(context, *flags); !done.ok()) context.Fail(done.error());
  });
}

}  // namespace bauta::cli
