#include "crypto/aead.h"

#include <sodium.h>

#include "crypto/openssl.h"

namespace bauta::crypto {
namespace {

void CheckSeal(const SecretBytes& key, std::size_t plain, std::size_t out) {
  Require(key.size() == 32 && out == plain + kAeadTag, "sizes of a sealed text");
}

// False if there is not even room for the tag.
bool CheckOpen(const SecretBytes& key, std::size_t sealed, std::size_t out) {
  Require(key.size() == 32, "size of a key");
  return sealed >= kAeadTag && out == sealed - kAeadTag;
}

}  // namespace

void ChaChaSeal(const SecretBytes& key, const ChaChaNonce& nonce, std::string_view associated,
                std::span<const unsigned char> plain, std::span<unsigned char> out) {
  CheckSeal(key, plain.size(), out.size());
  const int failed = crypto_aead_chacha20poly1305_ietf_encrypt(
      out.data(), nullptr, plain.data(), plain.size(), AsBytes(associated).data(),
      associated.size(), nullptr, nonce.data(), key.bytes().data());
  Require(failed == 0, "ChaCha20-Poly1305");
}

bool ChaChaOpen(const SecretBytes& key, const ChaChaNonce& nonce, std::string_view associated,
                std::span<const unsigned char> sealed, std::span<unsigned char> out) {
  return CheckOpen(key, sealed.size(), out.size()) &&
         crypto_aead_chacha20poly1305_ietf_decrypt(
             out.data(), nullptr, nullptr, sealed.data(), sealed.size(), AsBytes(associated).data(),
             associated.size(), nonce.data(), key.bytes().data()) == 0;
}

void XChaChaSeal(const SecretBytes& key, const XChaChaNonce& nonce, std::string_view associated,
                 std::span<const unsigned char> plain, std::span<unsigned char> out) {
  CheckSeal(key, plain.size(), out.size());
  const int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(
      out.data(), nullptr, plain.data(), plain.size(), AsBytes(associated).data(),
      associated.size(), nullptr, nonce.data(), key.bytes().data());
  Require(failed == 0, "XChaCha20-Poly1305");
}

bool XChaChaOpen(const SecretBytes& key, const XChaChaNonce& nonce, std::string_view associated,
                 std::span<const unsigned char> sealed, std::span<unsigned char> out) {
  return CheckOpen(key, sealed.size(), out.size()) &&
         crypto_aead_xchacha20poly1305_ietf_decrypt(
             out.data(), nullptr, nullptr, sealed.data(), sealed.size(), AsBytes(associated).data(),
             associated.size(), nonce.data(), key.bytes().data()) == 0;
}

}  // namespace bauta::crypto
