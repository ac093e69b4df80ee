// What the .cc files of crypto/ share.  Not for other folders: it shows OpenSSL.
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>

#include "base/bytes.h"

namespace bauta::crypto {

struct FreeOpenssl {
  void operator()(EVP_CIPHER_CTX* p) const { EVP_CIPHER_CTX_free(p); }
  void operator()(EVP_MD* p) const { EVP_MD_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(EVP_KDF* p) const { EVP_KDF_free(p); }
  void operator()(EVP_KDF_CTX* p) const { EVP_KDF_CTX_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
};
template <class T>
using OpensslPtr = std::unique_ptr<T, FreeOpenssl>;

// Ends the process if `ok` is false.  For calls that fail only if memory ran out or the library is
// broken: going on would put a wrong token or a wrong signature into the world.
void Require(bool ok, const char* what);

}  // namespace bauta::crypto
