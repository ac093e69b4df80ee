// Tokens of a known shape: what they say, and the masks behind them.  For vault/ itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keys/key_ring.h"
#include "masking/canonical.h"
#include "masking/token_mask.h"

namespace bauta::vault {

// "h1:k1:..." -> "k1"; empty for what is no token.
std::string_view KidOfToken(std::string_view token);
int BitsOfToken(std::string_view token);  // Of h1.
// In SQL: `text`, an expression, is a token of the key.
std::string IsOfKey(std::string_view text, std::string_view kid);

// What makes the h1 tokens of a key; `canon` is the versioned name of a form.  Nothing if there is
// no such form, or the key is destroyed.
std::optional<masking::TokenMask> MaskFor(const keys::KeyRing::Key& key, const std::string& domain,
                                          const std::string& canon, int bits);

}  // namespace bauta::vault
