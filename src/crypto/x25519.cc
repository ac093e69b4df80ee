#include "crypto/x25519.h"

#include <algorithm>

#include "crypto/openssl.h"

namespace bauta::crypto {
namespace {

OpensslPtr<EVP_PKEY> Private(const SecretBytes& secret) {
  OpensslPtr<EVP_PKEY> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, secret.bytes().data(), secret.size()));
  Require(key != nullptr, "X25519 secret key");
  return key;
}

}  // namespace

X25519Public X25519PublicOf(const SecretBytes& secret) {
  const OpensslPtr<EVP_PKEY> key = Private(secret);
  X25519Public out;
  std::size_t size = out.size();
  Require(EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) == 1, "X25519 public key");
  return out;
}

Result<SecretBytes> X25519(const SecretBytes& mine, const X25519Public& theirs) {
  const OpensslPtr<EVP_PKEY> key = Private(mine);
  const OpensslPtr<EVP_PKEY> peer(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, theirs.data(), theirs.size()));
  Require(peer != nullptr, "X25519 peer");
  const OpensslPtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  Require(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1, "X25519");
  SecretBytes shared(32);
  std::size_t size = shared.size();
  const bool derived = EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
                       EVP_PKEY_derive(context.get(), shared.writable().data(), &size) == 1;
  const auto is_zero = [](unsigned char c) { return c == 0; };
  if (!derived || std::ranges::all_of(shared.bytes(), is_zero)) {
    return Rejected("this is not a usable X25519 public key");
  }
  return shared;
}

}  // namespace bauta::crypto
