#include "queue/pack.h"

#include <cstdint>

namespace bauta::queue {

namespace {
constexpr std::size_t kLength = 4;  // Bytes, the least significant first.
}

void Pack(std::string& to, std::string_view text) {
  for (std::size_t i = 0; i < kLength; ++i) {
    to += static_cast<char>(text.size() >> (8 * i) & 0xff);
  }
  to += text;
}

std::optional<std::vector<std::string>> Unpack(std::string_view bytes) {
  std::vector<std::string> texts;
  while (!bytes.empty()) {
    if (bytes.size() < kLength) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 0; i < kLength; ++i) {
      size |= std::size_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
    }
    bytes.remove_prefix(kLength);
    if (size > bytes.size()) return std::nullopt;
    texts.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return texts;
}

}  // namespace bauta::queue
