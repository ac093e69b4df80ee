#include "crypto/argon2id.h"

#include <sodium.h>

#include "crypto/openssl.h"

namespace bauta::crypto {

static_assert(crypto_pwhash_SALTBYTES == std::tuple_size_v<Argon2Salt>);

Result<SecretBytes> Argon2id13(const SecretBytes& passphrase, const Argon2Salt& salt,
                               std::uint64_t ops, std::uint64_t mem) {
  Require(sodium_init() >= 0, "sodium_init");
  SecretBytes key(32);
  const std::string_view text = AsText(passphrase.bytes());
  if (crypto_pwhash(key.writable().data(), key.size(), text.empty() ? "" : text.data(), text.size(),
                    salt.data(), ops, mem, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Fatal("cannot turn the passphrase into a key: " + std::to_string(mem >> 20) +
                     " MiB of memory are needed",
                 "give the process more memory, or use a machine that has it");
  }
  return key;
}

}  // namespace bauta::crypto
