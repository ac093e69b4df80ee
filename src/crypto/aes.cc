#include "crypto/aes.h"

#include <utility>

#include "crypto/openssl.h"

namespace bauta::crypto {
namespace {

// Looking it up takes locks in OpenSSL 3: once, not per key.
const EVP_CIPHER* Cipher(std::size_t key_size) {
  static const EVP_CIPHER* const aes128 = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  static const EVP_CIPHER* const aes256 = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  if (key_size == 16) return aes128;
  return key_size == 32 ? aes256 : nullptr;
}

}  // namespace

struct AesBlocks::Impl {
  OpensslPtr<EVP_CIPHER_CTX> context;
};

AesBlocks::AesBlocks(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AesBlocks::AesBlocks(AesBlocks&&) noexcept = default;
AesBlocks& AesBlocks::operator=(AesBlocks&&) noexcept = default;
AesBlocks::~AesBlocks() = default;

Result<AesBlocks> AesBlocks::Make(std::span<const unsigned char> key, Direction direction) {
  const EVP_CIPHER* const cipher = Cipher(key.size());
  if (cipher == nullptr) return Fatal("an AES key has 16 or 32 bytes");
  OpensslPtr<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  const int encrypt = direction == Direction::kEncrypt ? 1 : 0;
  if (context == nullptr ||
      EVP_CipherInit_ex2(context.get(), cipher, key.data(), nullptr, encrypt, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1) {
    return Fatal("OpenSSL refuses to set up AES");
  }
  return AesBlocks(std::make_unique<Impl>(Impl{std::move(context)}));
}

void AesBlocks::Apply(std::span<const unsigned char> blocks, unsigned char* out) {
  const int size = static_cast<int>(blocks.size());
  int written = 0;
  const bool ok = EVP_CipherUpdate(impl_->context.get(), out, &written, blocks.data(), size) == 1;
  Require(ok && written == size && blocks.size() % kAesBlock == 0, "AES");
}

}  // namespace bauta::crypto
