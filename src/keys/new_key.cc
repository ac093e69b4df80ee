#include "keys/new_key.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/clock.h"
#include "keys/names.h"

namespace bauta::keys {
namespace {

// YYYY-MM-DD, in UTC.
std::string Today() {
  const std::chrono::year_month_day today(
      std::chrono::floor<std::chrono::days>(SystemClock().Now()));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(today.year()),
                     static_cast<unsigned>(today.month()), static_cast<unsigned>(today.day()));
}

}  // namespace

Result<NewKey> MakeKey(const std::string& ring_id, const std::string& kid, KeyStatus status,
                       const MakeWrapped& wrap) {
  NewKey made{{kid, status, Today(), {}, {}}, {}};
  if (wrap) {
    WrappedKey wrapped = TRY(MakeWrappedKey(wrap, ContextOfKey(ring_id, kid)));
    made.key.prk = PrkOf(wrapped.key);
    made.key.wrapping = std::move(wrapped.wrapping);
  } else {
    made.material = crypto::RandomSecret(32);
    made.key.prk = PrkOf(made.material);
  }
  made.key.kcv = KcvOf(made.key.prk);
  return made;
}

Result<std::string> NewIdentityText(const std::string& id, Purpose purpose,
                                    const crypto::SecretBytes& secret, const Protection& protection,
                                    const std::vector<KeyRing::Key>& token_keys) {
  if (!protection.wrap) {
    return IdentityText(id, purpose, secret, protection.passphrase, protection.cost);
  }
  const WrappedKey key = TRY(MakeWrappedKey(protection.wrap, ContextOfIdentity(id)));
  for (const KeyRing::Key& other : token_keys) {
    if (!other.wrapping || !SameKmsKey(*other.wrapping, key.wrapping)) continue;
    return ConfigError(
        fmt::format("the KMS key {} wraps token key {} already", key.wrapping.key_id, other.kid),
        "give identities a KMS key of their own: the hosts that run bauta may use the token key's, "
        "and must not open what is sealed");
  }
  return WrappedIdentityText(id, purpose, secret, key);
}

}  // namespace bauta::keys
