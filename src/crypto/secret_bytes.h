#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace bauta::crypto {

// Key material: locked memory that is wiped at the end (libsodium's guarded heap).  Can't be
// copied or printed.  Movable; const use by any number of threads.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);             // Zeros.
  static SecretBytes CopyOf(std::string_view bytes);  // The caller wipes its own.

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

}  // namespace bauta::crypto
