// Big-endian numbers, as PostgreSQL's binary formats have them.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace bauta::pg {

template <std::integral T>
T BigEndian(T v) {
  using U = std::make_unsigned_t<T>;
  U u = static_cast<U>(v);
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof(T) == 2) u = __builtin_bswap16(u);
    if constexpr (sizeof(T) == 4) u = __builtin_bswap32(u);
    if constexpr (sizeof(T) == 8) u = __builtin_bswap64(u);
  }
  return static_cast<T>(u);
}

template <std::integral T>
void AppendBigEndian(std::string& out, T v) {
  const T big = BigEndian(v);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &big, sizeof(T));
  out.append(bytes, sizeof(T));
}

}  // namespace bauta::pg
