#include "crypto/secret_bytes.h"

#include <sodium.h>

#include <array>
#include <atomic>
#include <cstring>
#include <utility>

#include "crypto/openssl.h"

namespace bauta::crypto {
namespace {

std::atomic<bool> some_unlocked{false};  // A secret that could not be locked.

}  // namespace

void SecretBytes::Free::operator()(unsigned char* p) const { sodium_free(p); }  // Wipes it.

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  Require(sodium_init() >= 0, "sodium_init");
  data_.reset(static_cast<unsigned char*>(sodium_malloc(size)));
  Require(data_ != nullptr, "no memory for keys");
  // It locks, and says nothing where it may not: ask again.
  if (sodium_mlock(data_.get(), size) != 0) some_unlocked = true;
  sodium_memzero(data_.get(), size);
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  data_ = std::move(other.data_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

SecretBytes SecretBytes::CopyOf(std::string_view bytes) {
  SecretBytes copy(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.data_.get(), bytes.data(), bytes.size());
  return copy;
}

std::optional<SecretBytes> SecretBytes::FromBase64(std::string_view text) {
  SecretBytes decoded(text.size() / 4 * 3 + 3);
  std::size_t size = 0;
  if (sodium_base642bin(decoded.data_.get(), decoded.size_, text.data(), text.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  return CopyOf(AsText(decoded.bytes().first(size)));
}

void AppendBase64(std::string& out, const SecretBytes& secret) {
  SecretBytes text(sodium_base64_ENCODED_LEN(secret.size(), sodium_base64_VARIANT_ORIGINAL));
  char* const chars = reinterpret_cast<char*>(text.writable().data());
  sodium_bin2base64(chars, text.size(), secret.bytes().data(), secret.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  out.append(chars, text.size() - 1);  // Without the NUL.
}

void Wipe(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

void FillRandom(std::span<unsigned char> out) {
  Require(sodium_init() >= 0, "sodium_init");
  randombytes_buf(out.data(), out.size());
}

SecretBytes RandomSecret(std::size_t size) {
  SecretBytes secret(size);
  FillRandom(secret.writable());
  return secret;
}

bool CanLockMemory() {
  Require(sodium_init() >= 0, "sodium_init");
  if (some_unlocked) return false;
  std::array<unsigned char, 4096> probe;
  if (sodium_mlock(probe.data(), probe.size()) != 0) return false;
  sodium_munlock(probe.data(), probe.size());
  return true;
}

}  // namespace bauta::crypto
