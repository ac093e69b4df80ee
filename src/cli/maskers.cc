#include "cli/maskers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "cli/rotation.h"

namespace bauta::cli {
namespace {

constexpr int kOldMonths = 24;  // Before a key was made: the messages of a backlog.

struct Derivation {
  std::string_view purpose;
  std::size_t size;
};

// Tokens have their scheme's name, addresses their mask's.
Derivation DerivationOf(Mask mask) {
  switch (mask) {
    case Mask::kAesSiv:
      return {masking::SchemeName(masking::Scheme::kS1), masking::S1Maker::kKeySize};
    case Mask::kIpcryptDeterministic:
      return {MaskName(mask), masking::IpcryptDeterministic::kKeySize};
    case Mask::kIpcryptPfx:
      return {MaskName(mask), masking::IpcryptPfx::kKeySize};
    default:
      return {masking::SchemeName(masking::Scheme::kH1), masking::H1Maker::kKeySize};
  }
}

Result<masking::TokenMask::Keys> MaskKeys(const keys::KeyRing::Key& key, const MaskRule& rule,
                                          const std::string& domain) {
  masking::TokenMask::Keys keys;
  keys.key = TRY(SubKeyFor(key, rule.mask, domain, FormOf(rule)));
  if (rule.on_invalid == OnInvalid::kRaw) {
    keys.raw_key = TRY(SubKeyFor(key, rule.mask, domain, masking::Form::kRaw1));
  }
  keys.domain = domain;
  return keys;
}

Result<masking::IpcryptMask> MakeIpcryptMask(const keys::KeyRing::Key& key, const MaskRule& rule) {
  using Ciphers = masking::ByMonth<masking::IpcryptMask::Cipher>;
  if (!HasMonth(rule.domain)) {
    return masking::IpcryptMask(Ciphers(TRY(MakeCipher(key, rule.mask, rule.domain))));
  }
  return masking::IpcryptMask(TRY(Ciphers::Of([&key, rule](std::string_view month) {
    return MakeCipher(key, rule.mask, DomainOf(rule.domain, month));
  })));
}

}  // namespace

Result<crypto::SecretBytes> SubKeyFor(const keys::KeyRing::Key& key, Mask mask,
                                      const std::string& domain, const masking::Form& form) {
  const Derivation how = DerivationOf(mask);
  return keys::KeyRing::SubKeyOf(key, how.purpose, domain, masking::FormName(form), how.size);
}

int FirstMonthOf(const keys::KeyRing::Key& key, int now) {
  int year = 0, month = 0;
  const bool dated = std::sscanf(key.created.c_str(), "%4d-%2d-", &year, &month) == 2;
  const int made = dated ? (year - 1970) * 12 + month - 1 : now;
  return std::max(0, std::min(made, now) - kOldMonths);
}

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
  using Cipher = masking::IpcryptMask::Cipher;
  const crypto::SecretBytes sub_key = TRY(SubKeyFor(key, mask, domain, masking::Form::kIp1));
  if (mask == Mask::kIpcryptPfx) return Cipher(TRY(masking::IpcryptPfx::Make(sub_key)));
  return Cipher(TRY(masking::IpcryptDeterministic::Make(sub_key)));
}

}  // namespace bauta::cli
