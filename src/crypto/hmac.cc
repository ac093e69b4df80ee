#include "crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <utility>

#include "crypto/openssl.h"

namespace bauta::crypto {
namespace {

EVP_MAC* FetchedHmac() {
  static const OpensslPtr<EVP_MAC> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  return mac.get();
}

OpensslPtr<EVP_MAC_CTX> Keyed(std::span<const unsigned char> key) {
  EVP_MAC* const mac = FetchedHmac();
  OpensslPtr<EVP_MAC_CTX> context(mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac));
  if (context == nullptr) return nullptr;
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  // A null key would mean "the key from before", also for an empty one.
  static const unsigned char none = 0;
  const unsigned char* const data = key.empty() ? &none : key.data();
  if (EVP_MAC_init(context.get(), data, key.size(), params) != 1) return nullptr;
  return context;
}

void Finish(EVP_MAC_CTX* context, std::string_view data, unsigned char* out) {
  std::size_t size = 0;
  Require(EVP_MAC_update(context, AsBytes(data).data(), data.size()) == 1, "EVP_MAC_update");
  Require(EVP_MAC_final(context, out, &size, 32) == 1 && size == 32, "EVP_MAC_final");
}

}  // namespace

struct Hmac::Impl {
  OpensslPtr<EVP_MAC_CTX> context;
};

Hmac::Hmac(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Hmac::Hmac(Hmac&&) noexcept = default;
Hmac& Hmac::operator=(Hmac&&) noexcept = default;
Hmac::~Hmac() = default;

Result<Hmac> Hmac::Make(std::span<const unsigned char> key) {
  OpensslPtr<EVP_MAC_CTX> context = Keyed(key);
  if (context == nullptr) return Fatal("OpenSSL refuses to set up HMAC-SHA-256");
  return Hmac(std::make_unique<Impl>(Impl{std::move(context)}));
}

void Hmac::Sign(std::string_view data, unsigned char out[32]) {
  // Without a key: back to the state after the key was set, at half the cost of setting it.
  Require(EVP_MAC_init(impl_->context.get(), nullptr, 0, nullptr) == 1, "EVP_MAC_init");
  Finish(impl_->context.get(), data, out);
}

std::array<unsigned char, 32> HmacSha256(std::span<const unsigned char> key,
                                         std::string_view data) {
  const OpensslPtr<EVP_MAC_CTX> context = Keyed(key);
  Require(context != nullptr, "HMAC-SHA-256");
  std::array<unsigned char, 32> out;
  Finish(context.get(), data, out.data());
  return out;
}

}  // namespace bauta::crypto
