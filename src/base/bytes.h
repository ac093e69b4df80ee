// Text as the bytes that C libraries want, and back.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bauta {

inline std::span<const unsigned char> AsBytes(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}
inline std::span<unsigned char> AsWritableBytes(std::string& text) {
  return {reinterpret_cast<unsigned char*>(text.data()), text.size()};
}
inline std::string_view AsText(std::span<const unsigned char> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace bauta
