#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bauta {

// Memory for all that lives exactly as long as a Batch: bump allocation, freed at once.
// Addresses stay good when the arena is moved.  One thread at a time.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  void* Allocate(std::size_t size, std::size_t align);

  // `n` value-initialised objects; their destructors never run.
  template <class T>
  std::span<T> AllocateArray(std::size_t n) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (n == 0) return {};
    T* const first = static_cast<T*>(Allocate(n * sizeof(T), alignof(T)));
    for (std::size_t i = 0; i < n; ++i) new (first + i) T();
    return {first, n};
  }

  std::string_view Copy(std::string_view text) {
    if (text.empty()) return {};
    char* const to = static_cast<char*>(Allocate(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  // Bytes handed out so far.
  std::size_t used() const { return used_; }

 private:
  static constexpr std::size_t kBlock = 64 * 1024;

  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t used_ = 0;
};

}  // namespace bauta
