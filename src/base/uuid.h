// 128-bit ids as SQS gives messages and PostgreSQL's uuid type stores them (RFC 4122).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bauta {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
};

// The 8-4-4-4-12 form in either case, as SQS writes it; nothing else.
std::optional<Uuid> ParseUuid(std::string_view text);
// Lower case, 8-4-4-4-12.
std::string ToString(const Uuid& uuid);
// A random (version 4) id from the kernel's generator.  Any thread.
Uuid RandomUuid();

}  // namespace bauta
