#include "keys/key_ring.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "crypto/hkdf.h"
#include "keys/identity.h"
#include "keys/key_file.h"
#include "keys/key_ring_file.h"
#include "keys/names.h"

namespace bauta::keys {
namespace {

Result<KeyRingText> ReadRing(const std::string& path) {
  const crypto::SecretBytes text = TRY(ReadKeyFile(path));
  Result<KeyRingText> parsed = ParseKeyRing(text);
  if (parsed.ok()) return parsed;
  if (IsIdentity(text)) {
    return ConfigError("key ring " + path + ": is an identity, not a key ring",
                       "name keyring.json in keys.file; identities belong elsewhere");
  }
  return ConfigError("key ring " + path + ": " + parsed.error().message,
                     "restore the file from its backup; bauta keys generate shows the shape");
}

bool HasNul(std::string_view name) { return name.find('\0') != std::string_view::npos; }

}  // namespace

Result<> CheckLocked(bool require_mlock) {
  if (crypto::CanLockMemory()) return Ok();
  if (require_mlock) {
    return ConfigError("keys.require_mlock is set, but not all keys could be locked in memory",
                       "raise RLIMIT_MEMLOCK (ulimit -l; LimitMEMLOCK= in a systemd unit) to 64M");
  }
  static std::atomic<bool> warned = false;
  if (!warned.exchange(true)) {
    log::Warn("keys", "memory cannot be locked (RLIMIT_MEMLOCK): keys could be swapped out");
  }
  return Ok();
}

Result<KeyRing> KeyRing::Load(const std::string& path, bool require_mlock, const Unwrap& unwrap) {
  if (require_mlock) TRY(CheckLocked(require_mlock));
  KeyRingText text = TRY(ReadRing(path));
  if (const Result<> open = UnwrapKeys(text, unwrap); !open.ok()) {
    Error error = open.error();
    error.message = "key ring " + path + ": " + error.message;
    return error;
  }
  TRY(CheckLocked(require_mlock));  // What a little room takes is known by now.
  return KeyRing(std::move(text));
}

Result<KeyRing> KeyRing::LoadWrapped(const std::string& path) {
  return KeyRing(TRY(ReadRing(path)));
}

KeyRing::KeyRing(KeyRingText text)
    : id_(std::move(text.id)),
      primary_(std::move(text.primary)),
      keys_(std::move(text.keys)),
      recipients_(std::move(text.recipients)) {}

KeyRing KeyRing::ForTests() {
  const crypto::SecretBytes material =
      crypto::SecretBytes::CopyOf("bauta test, known to everybody!!");
  KeyRing ring;
  ring.id_ = ring.primary_ = "test";
  ring.keys_.push_back({.kid = "test",
                        .status = KeyStatus::kEnabled,
                        .created = "2026-01-01",
                        .kcv = {},
                        .prk = PrkOf(material)});
  return ring;
}

const KeyRing::Key& KeyRing::primary() const {
  return *std::ranges::find(keys_, primary_, &Key::kid);
}

const KeyRing::Key& KeyRing::eldest() const {
  return *std::ranges::find(keys_, KeyStatus::kEnabled, &Key::status);
}

bool KeyRing::IsSameAs(const KeyRing& other) const {
  const auto key = [](const Key& k) { return std::tie(k.kid, k.status, k.created, k.kcv); };
  const auto recipient = [](const Recipient& r) {
    return std::tie(r.id, r.purpose, r.pk, r.enabled);
  };
  return id_ == other.id_ && primary_ == other.primary_ &&
         std::ranges::equal(keys_, other.keys_, {}, key, key) &&
         std::ranges::equal(recipients_, other.recipients_, {}, recipient, recipient);
}

const KeyRing::Key* KeyRing::Find(std::string_view kid) const {
  const auto found = std::ranges::find(keys_, kid, &Key::kid);
  return found == keys_.end() ? nullptr : &*found;
}

const Recipient* KeyRing::FindRecipient(std::string_view id, Purpose purpose) const {
  const auto is_it = [&](const Recipient& r) { return r.id == id && r.purpose == purpose; };
  const auto found = std::ranges::find_if(recipients_, is_it);
  return found == recipients_.end() ? nullptr : &*found;
}

Result<crypto::SecretBytes> KeyRing::SubKeyOf(const Key& key, std::string_view purpose,
                                              std::string_view domain, std::string_view canon,
                                              std::size_t length) {
  if (key.status == KeyStatus::kDestroyed) return Fatal("key " + key.kid + " is destroyed");
  if (key.prk.size() == 0) return Fatal("key " + key.kid + " is wrapped");
  if (HasNul(purpose) || HasNul(domain) || HasNul(canon)) {
    return ConfigError("a purpose, domain or canonical form may not hold a NUL");
  }
  if (length == 0 || length > 8160) return Fatal("a sub-key has 1 to 8160 bytes");
  const std::string nul(1, '\0');
  std::string info(purpose);
  info.append(nul).append(domain).append(nul).append(canon);
  return crypto::HkdfExpand(key.prk, info, length);
}

}  // namespace bauta::keys
