#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/wrapping.h"

namespace bauta::keys {

using PublicKey = std::array<unsigned char, 32>;

enum class Purpose { kVault, kQuarantine };

// "vault", "quarantine".
std::string_view PurposeName(Purpose purpose);

// Who may open sealed records: an X25519 public key under an id.
struct Recipient {
  std::string id;
  Purpose purpose;
  PublicKey pk;
  bool enabled = true;
};

enum class KeyStatus { kEnabled, kDisabled, kDestroyed };

// "ENABLED", "DISABLED", "DESTROYED".
std::string_view StatusName(KeyStatus status);

struct KeyRingText;

// kConfig if a key is in memory that could not be locked, or the next would be; warns where that is
// not required, once a process.  Any thread.
Result<> CheckLocked(bool require_mlock);

// The token keys and recipients of one installation: `keyring.json`, PRIVACY section 4.
// Immutable after Load; safe for use by several threads.
class KeyRing {
 public:
  struct Key {
    std::string kid;
    KeyStatus status;
    std::string created;      // Date, YYYY-MM-DD.
    std::string kcv;          // 8 hex digits, recomputed from the material and compared at load.
    crypto::SecretBytes prk;  // HKDF-Extract(salt "pii-token-v1", material); empty if destroyed.
    std::optional<Wrapping> wrapping = std::nullopt;  // Nothing: its material stands in the file.
  };

  // Reads and checks the file: owner, mode, shape, key check values, distinct public keys.
  // kConfig with path and cure on any fault.  `unwrap` is called once for each key that is wrapped;
  // kRetryable is its word.
  static Result<KeyRing> Load(const std::string& path, bool require_mlock = false,
                              const Unwrap& unwrap = {});
  // Likewise, and leaves wrapped keys wrapped: they have no prk, and their kcv is what the file
  // says.
  static Result<KeyRing> LoadWrapped(const std::string& path);

  // One key, "test", that everybody knows: for tokens that stand in tests, never for a run.
  static KeyRing ForTests();

  explicit KeyRing(KeyRingText text);  // For keys/ itself.

  const std::string& id() const { return id_; }
  const std::vector<Key>& keys() const { return keys_; }
  const Key& primary() const;
  // The first that is enabled, in the file's order: a rotation adds keys behind it.
  const Key& eldest() const;
  const std::vector<Recipient>& recipients() const { return recipients_; }
  // The same keys and recipients, in the same states.
  bool IsSameAs(const KeyRing& other) const;
  // Null if it has none of that kid.
  const Key* Find(std::string_view kid) const;
  // Null if there is no such recipient, or it has another purpose.
  const Recipient* FindRecipient(std::string_view id, Purpose purpose) const;

  // K(purpose, domain, canon, length) of one of keys(): PRIVACY, section 3.1.  kFatal if it is
  // destroyed or still wrapped.
  static Result<crypto::SecretBytes> SubKeyOf(const Key& key, std::string_view purpose,
                                              std::string_view domain, std::string_view canon,
                                              std::size_t length);

 private:
  KeyRing() = default;

  std::string id_;
  std::string primary_;
  std::vector<Key> keys_;
  std::vector<Recipient> recipients_;
};

}  // namespace bauta::keys
