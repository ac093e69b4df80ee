#include "vault/token_parts.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <utility>

namespace bauta::vault {
namespace {

std::optional<masking::Form> FormNamed(const std::string& name) {
  using masking::Form;
  for (const Form& form : {Form::kStr1, Form::kIp1, Form::kLower1, Form::kDigits1, Form::kRaw1}) {
    if (masking::FormName(form) == name) return form;
  }
  int v4 = 0, v6 = 0;
  if (std::sscanf(name.c_str(), "ip-prefix1:%3d,%3d", &v4, &v6) != 2) return std::nullopt;
  const Form prefix = Form::IpPrefix1(v4, v6);
  const bool good = v4 >= 1 && v4 <= 32 && v6 >= 1 && v6 <= 128;
  if (good && masking::FormName(prefix) == name) return prefix;
  return std::nullopt;
}

}  // namespace

std::string_view KidOfToken(std::string_view token) {
  constexpr std::size_t kAt = 3;  // Behind the scheme.
  if (token.size() < kAt || token[kAt - 1] != ':') return {};
  return token.substr(kAt, token.find(':', kAt) - kAt);
}

int BitsOfToken(std::string_view token) {
  return static_cast<int>((token.size() - token.rfind(':') - 1) * 5 / 8 * 8);
}

std::string IsOfKey(std::string_view text, std::string_view kid) {
  return fmt::format("({0} LIKE 'h1:{1}:%' OR {0} LIKE 's1:{1}:%')", text, kid);
}

std::optional<masking::TokenMask> MaskFor(const keys::KeyRing::Key& key, const std::string& domain,
                                          const std::string& canon, int bits) {
  const std::optional<masking::Form> form = FormNamed(canon);
  if (!form) return std::nullopt;
  Result<crypto::SecretBytes> sub = keys::KeyRing::SubKeyOf(key, "h1", domain, canon, 32);
  if (!sub.ok()) return std::nullopt;
  masking::TokenMask::Options options;
  options.kid = key.kid;
  options.form = *form;
  options.bits = bits;
  options.keys.key = std::move(sub).value();
  Result<masking::TokenMask> mask = masking::TokenMask::Make(std::move(options));
  if (!mask.ok()) return std::nullopt;
  return std::move(mask).value();
}

}  // namespace bauta::vault
