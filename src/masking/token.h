// The text of a token: docs/formats/token.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bauta::masking {

enum class Scheme { kH1, kS1 };  // hmac-sha256, aes-siv
// "h1", "s1".
std::string_view SchemeName(Scheme scheme);

// 1 to 12 of a-z and 0-9.
bool IsKid(std::string_view kid);

struct Token {
  Scheme scheme;
  std::string kid;
  std::string bytes;  // A part of an HMAC, or SIV and ciphertext.
};

// Takes base32 in either case; nothing if it is no token.
std::optional<Token> ParseToken(std::string_view text);

}  // namespace bauta::masking
