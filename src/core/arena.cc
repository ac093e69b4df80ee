#include "core/arena.h"

#include <algorithm>

namespace bauta {

void* Arena::Allocate(std::size_t size, std::size_t align) {
  void* at = next_;
  if (next_ == nullptr || std::align(align, size, at, left_) == nullptr) {
    const std::size_t block = std::max(kBlock, size + align);
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(block));
    at = blocks_.back().get();
    left_ = block;
    std::align(align, size, at, left_);
  }
  next_ = static_cast<std::byte*>(at) + size;
  left_ -= size;
  used_ += size;
  return at;
}

}  // namespace bauta
