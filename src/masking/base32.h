// RFC 4648 base32 in lower case without padding, as tokens have it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bauta::masking {

// Characters for `bytes` bytes.
constexpr std::size_t Base32Size(std::size_t bytes) { return (bytes * 8 + 4) / 5; }

// Writes Base32Size(bytes.size()) characters.
void Base32Encode(std::span<const unsigned char> bytes, char* out);

// In either case.  Nothing for another character, padding, a length that no bytes have, or spare
// bits that are not 0.
std::optional<std::string> Base32Decode(std::string_view text);

}  // namespace bauta::masking
