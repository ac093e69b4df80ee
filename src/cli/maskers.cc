#include "cli/maskers.h"

#include <fmt/format.h>

#include <utility>

#include "cli/rotation.h"

namespace bauta::cli {
namespace {

Result<masking::TokenMask::Keys> MaskKeys(const keys::KeyRing::Key& key, const MaskRule& rule,
                                          const std::string& domain) {
  const bool siv = rule.mask == Mask::kAesSiv;
  const std::string_view scheme =
      masking::SchemeName(siv ? masking::Scheme::kS1 : masking::Scheme::kH1);
  const std::size_t size = siv ? masking::S1Maker::kKeySize : masking::H1Maker::kKeySize;
  const auto sub_key = [&](const masking::Form& form) {
    return keys::KeyRing::SubKeyOf(key, scheme, domain, masking::FormName(form), size);
  };
  masking::TokenMask::Keys keys;
  keys.key = TRY(sub_key(FormOf(rule)));
  if (rule.on_invalid == OnInvalid::kRaw) keys.raw_key = TRY(sub_key(masking::Form::kRaw1));
  keys.domain = domain;
  return keys;
}

// The sub-keys have the masks' own names.
Result<masking::IpcryptMask::Cipher> MakeIpcrypt(const keys::KeyRing::Key& key, Mask mask,
                                                 const std::string& domain) {
  using Cipher = masking::IpcryptMask::Cipher;
  const bool pfx = mask == Mask::kIpcryptPfx;
  const std::size_t size =
      pfx ? masking::IpcryptPfx::kKeySize : masking::IpcryptDeterministic::kKeySize;
  const crypto::SecretBytes sub_key = TRY(keys::KeyRing::SubKeyOf(
      key, MaskName(mask), domain, masking::FormName(masking::Form::kIp1), size));
  if (pfx) return Cipher(TRY(masking::IpcryptPfx::Make(sub_key)));
  return Cipher(TRY(masking::IpcryptDeterministic::Make(sub_key)));
}

Result<masking::IpcryptMask> MakeIpcryptMask(const keys::KeyRing::Key& key, const MaskRule& rule) {
  using Ciphers = masking::ByMonth<masking::IpcryptMask::Cipher>;
  if (!HasMonth(rule.domain)) {
    return masking::IpcryptMask(Ciphers(TRY(MakeIpcrypt(key, rule.mask, rule.domain))));
  }
  return masking::IpcryptMask(TRY(Ciphers::Of([&key, rule](std::string_view month) {
    return MakeIpcrypt(key, rule.mask, DomainOf(rule.domain, month));
  })));
}

}  // namespace

Result<masking::TokenMask> MakeTokenMask(const keys::KeyRing::Key& key, const MaskRule& rule) {
  masking::TokenMask::Options options;
  options.kid = key.kid;
  options.scheme = rule.mask == Mask::kAesSiv ? masking::Scheme::kS1 : masking::Scheme::kH1;
  options.form = FormOf(rule);
  options.bits = rule.bits;
  if (HasMonth(rule.domain)) {
    options.keys_of_month = [&key, rule](std::string_view month) {
      return MaskKeys(key, rule, DomainOf(rule.domain, month));
    };
  } else {
    options.keys = TRY(MaskKeys(key, rule, rule.domain));
  }
  return masking::TokenMask::Make(std::move(options));
}

Result<masking::SivOpener> MakeSivOpener(const keys::KeyRing::Key& key, const MaskRule& rule) {
  const masking::TokenMask::Keys keys = TRY(MaskKeys(key, rule, rule.domain));
  return masking::SivOpener::Make(keys.key, keys.raw_key, rule.domain, FormOf(rule));
}

Result<std::optional<masking::ColumnMasker>> MakeMasker(const keys::KeyRing& ring,
                                                        const std::optional<MaskRule>& rule) {
  return MakeMasker(ring.primary(), rule);
}

Result<std::optional<masking::ColumnMasker>> MakeMasker(const keys::KeyRing::Key& key,
                                                        const std::optional<MaskRule>& rule) {
  using Masker = std::optional<masking::ColumnMasker>;
  if (!rule || IsBlind(rule->mask)) return Masker();
  switch (rule->mask) {
    case Mask::kIpcryptDeterministic:
    case Mask::kIpcryptPfx:
      return Masker(TRY(MakeIpcryptMask(key, *rule)));
    case Mask::kLegacySha256:
      return Masker(masking::LegacySha256(rule->suffix));
    case Mask::kTruncate:
      return Masker(masking::Truncate(rule->v4, rule->v6));
    case Mask::kKeepLast:
      return Masker(masking::KeepLast(rule->n));
    default:
      return Masker(TRY(MakeTokenMask(key, *rule)));
  }
}

Result<std::vector<masking::TokenMask>> MakeOldMasks(const keys::KeyRing& ring,
                                                     const std::optional<MaskRule>& rule) {
  std::vector<masking::TokenMask> masks;
  if (!rule || !HasAliases(*rule)) return masks;
  for (const keys::KeyRing::Key& key : ring.keys()) {
    const bool old = key.status == keys::KeyStatus::kEnabled && key.kid != ring.primary().kid;
    if (old) masks.push_back(TRY(MakeTokenMask(key, *rule)));
  }
  return masks;
}

schema::Registry::MaskedColumn Registered(const ColumnRule& rule, const keys::KeyRing& ring) {
  const MaskRule& mask = *rule.mask;
  schema::Registry::MaskedColumn column{
      .column = rule.column, .mask = std::string(MaskName(mask.mask)), .bits = 0};
  column.vault = mask.vault;
  switch (mask.mask) {
    case Mask::kHmacSha256:
      column.domain = mask.domain;
      column.canonical = masking::FormName(FormOf(mask));
      column.bits = mask.bits;
      break;
    case Mask::kAesSiv:
      column.domain = mask.domain;
      column.canonical = masking::FormName(FormOf(mask));
      break;
    case Mask::kIpcryptDeterministic:
    case Mask::kIpcryptPfx:
      column.domain = mask.domain;
      // An address says not by which key it was made.
      column.canonical = masking::FormName(FormOf(mask)) + " under " + ring.primary().kid;
      break;
    case Mask::kLegacySha256:
      column.canonical = masking::FormName(masking::Form::kRaw1);
      // A suffix that was meant as a secret has no place in a table.
      if (!mask.suffix.empty()) {
        column.canonical += "+" + masking::LegacySha256::Fingerprint(mask.suffix);
      }
      break;
    case Mask::kTruncate:
      column.canonical = fmt::format("ip-prefix1:{},{}", mask.v4, mask.v6);
      break;
    case Mask::kKeepLast:
      column.canonical = fmt::format("last1:{}", mask.n);
      break;
    case Mask::kRedact:
    case Mask::kNull:
      break;
  }
  return column;
}

masking::Form FormOf(const MaskRule& rule) {
  switch (rule.canonical) {
    case Canonical::kText:
      return masking::Form::kStr1;
    case Canonical::kIp:
      return masking::Form::kIp1;
    case Canonical::kLower:
      return masking::Form::kLower1;
    case Canonical::kDigits:
      return masking::Form::kDigits1;
    case Canonical::kRaw:
      return masking::Form::kRaw1;
    case Canonical::kIpPrefix:
      return masking::Form::IpPrefix1(rule.v4, rule.v6);
  }
  return masking::Form::kStr1;
}

Result<masking::IpcryptMask::Cipher> MakeCipher(const keys::KeyRing::Key& key, Mask mask,
                                                const std::string& domain) {
  return MakeIpcrypt(key, mask, domain);
}

}  // namespace bauta::cli
