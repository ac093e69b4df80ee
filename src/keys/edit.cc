#include "keys/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "crypto/x25519.h"
#include "keys/names.h"
#include "keys/new_key.h"

namespace bauta::keys {
namespace {

// The number behind `letter`; 0 for another name.
int NumberOf(std::string_view name, char letter) {
  if (!name.starts_with(letter)) return 0;
  int number = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + 1, end, number);
  return error == std::errc() && stop == end && number > 0 ? number : 0;
}

template <class Names>
std::string NextName(const Names& names, char letter) {
  int last = 0;
  for (const std::string& name : names) last = std::max(last, NumberOf(name, letter));
  return fmt::format("{}{}", letter, last + 1);
}

}  // namespace

Result<KeyRingEdit> KeyRingEdit::Open(const std::string& path) {
  KeyFileEdit file = TRY(KeyFileEdit::Open(path));
  Result<KeyRingText> ring = ParseKeyRing(file.content());
  if (ring.ok()) return KeyRingEdit(std::move(file), std::move(ring).value());
  if (IsIdentity(file.content())) {
    return ConfigError("key ring " + path + ": is an identity, not a key ring",
                       "name keyring.json");
  }
  return ConfigError("key ring " + path + ": " + ring.error().message,
                     "restore the file from its backup");
}

Result<KeyRing> KeyRingEdit::Ring() const {
  Wiped text;
  text.text = WriteKeyRing(ring_);
  KeyRingText again = TRY(ParseKeyRing(crypto::SecretBytes::CopyOf(text.text)));
  return KeyRing(std::move(again));
}

Result<std::size_t> KeyRingEdit::Find(std::string_view kid) const {
  const auto found = std::ranges::find(ring_.keys, kid, &KeyRing::Key::kid);
  if (found != ring_.keys.end()) return static_cast<std::size_t>(found - ring_.keys.begin());
  return ConfigError(fmt::format("the key ring has no key {}", kid),
                     "`bauta keys list` shows which there are");
}

Result<std::string> KeyRingEdit::AddKey(const std::string& kid, const MakeWrapped& wrap) {
  std::vector<std::string> kids;
  for (const KeyRing::Key& key : ring_.keys) kids.push_back(key.kid);
  std::string name = kid.empty() ? NextName(kids, 'k') : kid;
  if (!IsKid(name)) return ConfigError("a key's name is 1 to 12 of a-z and 0-9");
  if (std::ranges::find(kids, name) != kids.end()) {
    return ConfigError(fmt::format("the key ring has a key {} already", name),
                       "a name is never used again, also not that of a destroyed key");
  }
  NewKey made = TRY(MakeKey(ring_.id, name, KeyStatus::kDisabled, wrap));
  ring_.keys.push_back(std::move(made.key));
  ring_.materials.push_back(std::move(made.material));
  return name;
}

Result<> KeyRingEdit::MakePrimary(std::string_view kid) {
  const std::size_t i = TRY(Find(kid));
  KeyRing::Key& key = ring_.keys[i];
  if (key.status == KeyStatus::kDestroyed) {
    return ConfigError(fmt::format("key {} is destroyed", kid), "`bauta keys add` makes a new one");
  }
  key.status = KeyStatus::kEnabled;
  ring_.primary = kid;
  return Ok();
}

Result<> KeyRingEdit::Disable(std::string_view kid) {
  const std::size_t i = TRY(Find(kid));
  KeyRing::Key& key = ring_.keys[i];
  if (key.kid == ring_.primary) {
    return ConfigError(fmt::format("key {} is the primary: new tokens are made with it", kid),
                       "`bauta keys rotate` makes another one the primary");
  }
  if (key.status != KeyStatus::kEnabled) {
    return ConfigError(fmt::format("key {} is {} already", kid, StatusName(key.status)));
  }
  key.status = KeyStatus::kDisabled;
  return Ok();
}

Result<> KeyRingEdit::Destroy(std::string_view kid) {
  const std::size_t i = TRY(Find(kid));
  if (ring_.keys[i].status == KeyStatus::kDestroyed) {
    return ConfigError(fmt::format("key {} is destroyed already", kid));
  }
  if (ring_.keys[i].status == KeyStatus::kEnabled) {
    return ConfigError(fmt::format("key {} is in use", kid),
                       ring_.keys[i].kid == ring_.primary
                           ? "it is the primary: `bauta keys rotate` first"
                           : fmt::format("`bauta keys retire {}` first", kid));
  }
  ring_.keys[i].status = KeyStatus::kDestroyed;
  ring_.keys[i].prk = crypto::SecretBytes();
  ring_.keys[i].wrapping.reset();
  ring_.materials[i] = crypto::SecretBytes();
  return Ok();
}

Result<KeyRingEdit::NewRecipient> KeyRingEdit::AddRecipient(Purpose purpose, const std::string& id,
                                                            const crypto::SecretBytes* passphrase,
                                                            PassphraseCost cost,
                                                            const MakeWrapped& wrap) {
  std::vector<std::string> ids;
  for (const Recipient& recipient : ring_.recipients) ids.push_back(recipient.id);
  NewRecipient made;
  made.id = id.empty() ? NextName(ids, PurposeName(purpose).front()) : id;
  if (!IsId(made.id)) return ConfigError("a recipient's name is 1 to 64 of A-Z, a-z, 0-9, _.-");
  if (std::ranges::find(ids, made.id) != ids.end()) {
    return ConfigError(fmt::format("the key ring has a recipient {} already", made.id),
                       "choose another name");
  }
  const crypto::SecretBytes secret = crypto::RandomSecret(32);
  made.identity =
      TRY(NewIdentityText(made.id, purpose, secret,
                          {.passphrase = passphrase, .cost = cost, .wrap = wrap}, ring_.keys));
  ring_.recipients.push_back({made.id, purpose, crypto::X25519PublicOf(secret), true});
  return made;
}

Result<> KeyRingEdit::DisableRecipient(std::string_view id) {
  const auto found = std::ranges::find(ring_.recipients, id, &Recipient::id);
  if (found == ring_.recipients.end()) {
    return ConfigError(fmt::format("the key ring has no recipient {}", id),
                       "`bauta keys list` shows which there are");
  }
  if (!found->enabled) return ConfigError(fmt::format("recipient {} is DISABLED already", id));
  found->enabled = false;
  return Ok();
}

Result<> KeyRingEdit::Save() {
  Wiped text;
  text.text = WriteKeyRing(ring_);
  const Result<KeyRingText> again = ParseKeyRing(crypto::SecretBytes::CopyOf(text.text));
  if (!again.ok()) return Fatal("the changed key ring would not load: " + again.error().message);
  return file_.Replace(text.text);
}

}  // namespace bauta::keys
