#include "masking/token.h"

#include <algorithm>
#include <utility>

#include "masking/base32.h"

namespace bauta::masking {

std::string_view SchemeName(Scheme scheme) { return scheme == Scheme::kH1 ? "h1" : "s1"; }

bool IsKid(std::string_view kid) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !kid.empty() && kid.size() <= 12 && std::ranges::all_of(kid, allowed);
}

std::optional<Token> ParseToken(std::string_view text) {
  for (const Scheme scheme : {Scheme::kH1, Scheme::kS1}) {
    if (!text.starts_with(SchemeName(scheme))) continue;
    text.remove_prefix(SchemeName(scheme).size());
    if (!text.starts_with(':')) return std::nullopt;
    text.remove_prefix(1);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || !IsKid(text.substr(0, colon))) return std::nullopt;
    std::optional<std::string> bytes = Base32Decode(text.substr(colon + 1));
    if (!bytes || bytes->empty()) return std::nullopt;
    return Token{scheme, std::string(text.substr(0, colon)), *std::move(bytes)};
  }
  return std::nullopt;
}

}  // namespace bauta::masking
