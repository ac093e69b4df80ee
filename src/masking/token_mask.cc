#include "masking/token_mask.h"

namespace bauta::masking {

TokenMask::TokenMask(const Options& options, ByMonth<Makers> makers)
    : form_(options.form),
      token_(std::string(SchemeName(options.scheme)) + ":" + options.kid + ":"),
      prefix_(token_.size()),
      makers_(std::move(makers)) {}

Result<TokenMask> TokenMask::Make(Options options) {
  if (!IsKid(options.kid)) return ConfigError("a key id is 1 to 12 of a-z and 0-9");
  if (options.bits < 8 || options.bits > 256 || options.bits % 8 != 0) {
    return ConfigError("a token has 8 to 256 bits, in whole bytes");
  }
  const auto make = [scheme = options.scheme, form = options.form, bits = options.bits](
                        const Keys& keys) { return MakeMakers(scheme, form, bits, keys); };
  if (!options.keys_of_month) {
    return TokenMask(options, ByMonth<Makers>(TRY(make(options.keys))));
  }
  const auto make_month = [make,
                           keys = options.keys_of_month](std::string_view month) -> Result<Makers> {
    return make(TRY(keys(month)));
  };
  return TokenMask(options, TRY(ByMonth<Makers>::Of(make_month)));
}

Result<TokenMask::Maker> TokenMask::MakeMaker(Scheme scheme, const crypto::SecretBytes& key,
                                              const std::string& domain, const Form& form,
                                              int bits) {
  if (scheme == Scheme::kS1) return Maker(TRY(S1Maker::Make(key, domain, form)));
  return Maker(TRY(H1Maker::Make(key, static_cast<std::size_t>(bits) / 8)));
}

Result<TokenMask::Makers> TokenMask::MakeMakers(Scheme scheme, const Form& form, int bits,
                                                const Keys& keys) {
  Makers makers{TRY(MakeMaker(scheme, keys.key, keys.domain, form, bits)), std::nullopt};
  if (keys.raw_key.size() == 0) return makers;
  makers.raw = TRY(MakeMaker(scheme, keys.raw_key, keys.domain, Form::kRaw1, bits));
  return makers;
}

std::string_view TokenMask::TokenOf(std::string_view canonical, Maker& maker) {
  token_.resize(prefix_);
  if (auto* const h1 = std::get_if<H1Maker>(&maker)) {
    h1->Append(canonical, token_);
  } else {
    std::get<S1Maker>(maker).Append(canonical, token_);
  }
  return token_;
}

Masked TokenMask::Mask(std::string_view value, std::int64_t sent_ms) {
  using Kind = CanonicalValue::Kind;
  const CanonicalValue canonical = Canonicalise(form_, value, scratch_);
  if (canonical.kind == Kind::kEmpty) return {Outcome::kEmpty, {}};
  Makers* const makers = makers_.At(sent_ms);
  if (makers == nullptr) return {Outcome::kInvalid, {}};
  if (canonical.kind == Kind::kOk) {
    return {Outcome::kMasked, TokenOf(canonical.bytes, makers->proper)};
  }
  if (!makers->raw) return {Outcome::kInvalid, {}};
  const CanonicalValue raw = Canonicalise(Form::kRaw1, value, scratch_);
  if (raw.kind != Kind::kOk) return {Outcome::kInvalid, {}};
  return {Outcome::kRaw, TokenOf(raw.bytes, *makers->raw)};
}

}  // namespace bauta::masking
