#include "keys/generate.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "crypto/x25519.h"
#include "keys/key_file.h"
#include "keys/key_ring_file.h"
#include "keys/names.h"
#include "keys/new_key.h"

namespace bauta::keys {
namespace {

Result<KeyRingText> NewRing(const GenerateOptions& options, const crypto::SecretBytes& vault,
                            const crypto::SecretBytes& quarantine) {
  NewKey made = TRY(MakeKey(options.ring_id, "k1", KeyStatus::kEnabled, options.wrap_key));
  KeyRingText ring;
  ring.id = options.ring_id;
  ring.primary = made.key.kid;
  ring.keys.push_back(std::move(made.key));
  ring.materials.push_back(std::move(made.material));
  ring.recipients = {{"v1", Purpose::kVault, crypto::X25519PublicOf(vault)},
                     {"q1", Purpose::kQuarantine, crypto::X25519PublicOf(quarantine)}};
  return ring;
}

Result<> MakeFolder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return Ok();
  return ConfigError(
      fmt::format("cannot make folder {}: {}", folder, std::generic_category().message(errno)),
      "name a folder that you may write to with --dir");
}

}  // namespace

Result<> CheckGenerate(const std::string& folder) {
  const std::string base = folder + "/";
  return CheckAllFree(
      {base + kKeyRingFile, base + kVaultIdentityFile, base + kQuarantineIdentityFile});
}

Result<> Generate(const std::string& folder, const GenerateOptions& options) {
  if (!IsId(options.ring_id))
    return ConfigError("a key ring's id is 1 to 64 of A-Z, a-z, 0-9, _.-");
  TRY(MakeFolder(folder));
  const std::string base = folder + "/";
  const std::string ring_path = base + kKeyRingFile;
  const std::string vault_path = base + kVaultIdentityFile;
  const std::string quarantine_path = base + kQuarantineIdentityFile;
  TRY(CheckGenerate(folder));

  const crypto::SecretBytes vault = crypto::RandomSecret(32);
  const crypto::SecretBytes quarantine = crypto::RandomSecret(32);
  const Protection protection{.passphrase = options.passphrase ? &*options.passphrase : nullptr,
                              .cost = options.cost,
                              .wrap = options.wrap_identities};
  const KeyRingText ring = TRY(NewRing(options, vault, quarantine));
  Wiped ring_text, vault_text, quarantine_text;
  ring_text.text = WriteKeyRing(ring);
  vault_text.text = TRY(NewIdentityText("v1", Purpose::kVault, vault, protection, ring.keys));
  quarantine_text.text =
      TRY(NewIdentityText("q1", Purpose::kQuarantine, quarantine, protection, ring.keys));
  // The ring last: if it is there, so is what opens what is sealed under it.
  return WriteNewFiles({{vault_path, vault_text.text},
                        {quarantine_path, quarantine_text.text},
                        {ring_path, ring_text.text}});
}

}  // namespace bauta::keys
