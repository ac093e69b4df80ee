#include "crypto/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/openssl.h"

namespace bauta::crypto {
namespace {

// OpenSSL's parameters are not const, though it only reads these.
OSSL_PARAM Octets(const char* name, std::span<const unsigned char> bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<unsigned char*>(bytes.data()),
                                           bytes.size());
}

SecretBytes Derive(int mode, std::span<const unsigned char> key, OSSL_PARAM extra,
                   std::size_t length) {
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  Require(kdf != nullptr, "HKDF");
  const OpensslPtr<EVP_KDF_CTX> context(EVP_KDF_CTX_new(kdf));
  Require(context != nullptr, "EVP_KDF_CTX_new");
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      Octets(OSSL_KDF_PARAM_KEY, key),
      extra,
      OSSL_PARAM_construct_end(),
  };
  SecretBytes out(length);
  Require(EVP_KDF_derive(context.get(), out.writable().data(), length, params) == 1, "HKDF");
  return out;
}

}  // namespace

SecretBytes HkdfExtract(std::string_view salt, const SecretBytes& material) {
  return Derive(EVP_KDF_HKDF_MODE_EXTRACT_ONLY, material.bytes(),
                Octets(OSSL_KDF_PARAM_SALT, AsBytes(salt)), 32);
}

SecretBytes HkdfExpand(const SecretBytes& prk, std::string_view info, std::size_t length) {
  return Derive(EVP_KDF_HKDF_MODE_EXPAND_ONLY, prk.bytes(),
                Octets(OSSL_KDF_PARAM_INFO, AsBytes(info)), length);
}

}  // namespace bauta::crypto
