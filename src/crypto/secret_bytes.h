#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bauta::crypto {

// Key material: locked memory that is wiped at the end (libsodium's guarded heap).  Can't be
// copied or printed.  Movable; const use by any number of threads.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);  // Zeros.
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  static SecretBytes CopyOf(std::string_view bytes);  // The caller wipes its own.

  // RFC 4648, section 4: padded, no white space, no spare bits.  In constant time.
  static std::optional<SecretBytes> FromBase64(std::string_view text);

  std::span<const unsigned char> bytes() const { return {data_.get(), size_}; }
  std::span<unsigned char> writable() { return {data_.get(), size_}; }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(unsigned char* p) const;
  };
  std::unique_ptr<unsigned char[], Free> data_;
  std::size_t size_ = 0;
};

// Appends base64 of a secret to text that its writer wipes.  Never makes `out` move in memory if
// it has reserved enough.
void AppendBase64(std::string& out, const SecretBytes& secret);

// Overwrites and empties text that held a secret.
void Wipe(std::string& text);

// Cryptographically secure random bytes from the kernel.  Any thread.
void FillRandom(std::span<unsigned char> out);
SecretBytes RandomSecret(std::size_t size);

// False if a secret was not locked, or the next could not be (RLIMIT_MEMLOCK): it may be swapped
// out.
bool CanLockMemory();

}  // namespace bauta::crypto
