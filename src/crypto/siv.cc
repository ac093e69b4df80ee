#include "crypto/siv.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

#include "crypto/openssl.h"

namespace bauta::crypto {
namespace {

const EVP_CIPHER* Cipher(std::size_t key_size) {
  static const EVP_CIPHER* const siv128 = EVP_CIPHER_fetch(nullptr, "AES-128-SIV", nullptr);
  static const EVP_CIPHER* const siv256 = EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr);
  if (key_size == 32) return siv128;
  return key_size == 64 ? siv256 : nullptr;
}

// With key and associated data taken in: what every text begins with.
OpensslPtr<EVP_CIPHER_CTX> Template(const EVP_CIPHER* cipher, std::span<const unsigned char> key,
                                    std::span<const std::string_view> associated, int encrypt) {
  OpensslPtr<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  if (context == nullptr ||
      EVP_CipherInit_ex2(context.get(), cipher, key.data(), nullptr, encrypt, nullptr) != 1) {
    return nullptr;
  }
  for (const std::string_view element : associated) {
    // A null pointer would be no element at all.
    static const unsigned char none = 0;
    const unsigned char* const data = element.empty() ? &none : AsBytes(element).data();
    int size = 0;
    if (EVP_CipherUpdate(context.get(), nullptr, &size, data, static_cast<int>(element.size())) !=
        1) {
      return nullptr;
    }
  }
  return context;
}

bool Fits(std::size_t size) { return size > 0 && size <= INT_MAX; }

}  // namespace

struct Siv::Impl {
  OpensslPtr<EVP_CIPHER_CTX> sealing, opening;  // Templates: a context does one text only.
  OpensslPtr<EVP_CIPHER_CTX> scratch;
};

Siv::Siv(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Siv::Siv(Siv&&) noexcept = default;
Siv& Siv::operator=(Siv&&) noexcept = default;
Siv::~Siv() = default;

Result<Siv> Siv::Make(std::span<const unsigned char> key,
                      std::span<const std::string_view> associated) {
  const EVP_CIPHER* const cipher = Cipher(key.size());
  if (cipher == nullptr) return Fatal("an AES-SIV key has 64 or 32 bytes");
  if (associated.empty()) return Fatal("AES-SIV needs associated data");
  auto impl = std::make_unique<Impl>(Impl{Template(cipher, key, associated, 1),
                                          Template(cipher, key, associated, 0),
                                          OpensslPtr<EVP_CIPHER_CTX>(EVP_CIPHER_CTX_new())});
  if (impl->sealing == nullptr || impl->opening == nullptr || impl->scratch == nullptr) {
    return Fatal("OpenSSL refuses to set up AES-SIV");
  }
  return Siv(std::move(impl));
}

bool Siv::Seal(std::span<const unsigned char> plain, unsigned char* out) {
  if (!Fits(plain.size())) return false;
  EVP_CIPHER_CTX* const context = impl_->scratch.get();
  Require(EVP_CIPHER_CTX_copy(context, impl_->sealing.get()) == 1, "EVP_CIPHER_CTX_copy");
  const int size = static_cast<int>(plain.size());
  int written = 0, rest = 0;
  const bool sealed =
      EVP_EncryptUpdate(context, out + kSivTag, &written, plain.data(), size) == 1 &&
      EVP_EncryptFinal_ex(context, out + kSivTag + written, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kSivTag, out) == 1;
  Require(sealed && written == size && rest == 0, "AES-SIV");
  return true;
}

bool Siv::Open(std::span<const unsigned char> sealed, unsigned char* out) {
  if (sealed.size() <= kSivTag || !Fits(sealed.size())) return false;
  EVP_CIPHER_CTX* const context = impl_->scratch.get();
  Require(EVP_CIPHER_CTX_copy(context, impl_->opening.get()) == 1, "EVP_CIPHER_CTX_copy");
  unsigned char tag[kSivTag];
  std::copy_n(sealed.begin(), kSivTag, tag);
  Require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kSivTag, tag) == 1, "AES-SIV");
  const int size = static_cast<int>(sealed.size() - kSivTag);
  int written = 0;
  // Whether it is authentic is this call's to say; Final repeats it.
  if (EVP_DecryptUpdate(context, out, &written, sealed.data() + kSivTag, size) == 1 &&
      written == size) {
    return true;
  }
  std::memset(out, 0, static_cast<std::size_t>(size));
  return false;
}

}  // namespace bauta::crypto
