#include "masking/column_masker.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "crypto/hmac.h"
#include "masking/base32.h"
#include "masking/canonical.h"

namespace bauta::masking {
namespace {

bool IsKid(std::string_view kid) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !kid.empty() && kid.size() <= 12 && std::ranges::all_of(kid, allowed);
}

bool IsKeySize(const crypto::SecretBytes& key) { return key.size() == 32; }

}  // namespace

std::string_view FormName(Form form) {
  switch (form) {
    case Form::kStr1:
      return "str1";
    case Form::kIp1:
      return "ip1";
    case Form::kLower1:
      return "lower1";
    case Form::kDigits1:
      return "digits1";
    case Form::kRaw1:
      return "raw1";
  }
  return {};
}

struct ColumnMasker::Impl {
  Form form;
  std::size_t hash_bytes;  // How much of the HMAC goes into the token.
  std::size_t prefix;      // Length of "h1:<kid>:".
  std::string token;       // The prefix, then room for the hash.
  crypto::Hmac hmac;
  std::optional<crypto::Hmac> raw_hmac;
  std::string scratch;

  std::string_view Token(crypto::Hmac& under, std::string_view canonical) {
    std::array<unsigned char, 32> hash;
    under.Sign(canonical, hash.data());
    Base32Encode(std::span(hash).first(hash_bytes), token.data() + prefix);
    return token;
  }
};

ColumnMasker::ColumnMasker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ColumnMasker::ColumnMasker(ColumnMasker&&) noexcept = default;
ColumnMasker& ColumnMasker::operator=(ColumnMasker&&) noexcept = default;
ColumnMasker::~ColumnMasker() = default;

Result<ColumnMasker> ColumnMasker::Make(Options options) {
  if (!IsKid(options.kid)) return ConfigError("a key id is 1 to 12 of a-z and 0-9");
  if (options.bits < 8 || options.bits > 256 || options.bits % 8 != 0) {
    return ConfigError("a token has 8 to 256 bits, in whole bytes");
  }
  const bool has_raw = options.raw_key.size() != 0;
  if (!IsKeySize(options.key) || (has_raw && !IsKeySize(options.raw_key))) {
    return Fatal("a token key has 32 bytes");
  }
  crypto::Hmac hmac = TRY(crypto::Hmac::Make(options.key.bytes()));
  std::optional<crypto::Hmac> raw_hmac;
  if (has_raw) raw_hmac = TRY(crypto::Hmac::Make(options.raw_key.bytes()));

  const auto hash_bytes = static_cast<std::size_t>(options.bits) / 8;
  std::string token = "h1:" + options.kid + ":";
  const std::size_t prefix = token.size();
  token.resize(prefix + Base32Size(hash_bytes));
  return ColumnMasker(
      std::make_unique<Impl>(Impl{options.form, hash_bytes, prefix, std::move(token),
                                  std::move(hmac), std::move(raw_hmac), std::string()}));
}

ColumnMasker::Masked ColumnMasker::Mask(std::string_view value) {
  using Kind = CanonicalValue::Kind;
  const CanonicalValue canonical = Canonicalise(impl_->form, value, impl_->scratch);
  if (canonical.kind == Kind::kEmpty) return {Outcome::kEmpty, {}};
  if (canonical.kind == Kind::kOk) {
    return {Outcome::kToken, impl_->Token(impl_->hmac, canonical.bytes)};
  }
  if (!impl_->raw_hmac) return {Outcome::kInvalid, {}};
  const CanonicalValue raw = Canonicalise(Form::kRaw1, value, impl_->scratch);
  if (raw.kind != Kind::kOk) return {Outcome::kInvalid, {}};
  return {Outcome::kRaw, impl_->Token(*impl_->raw_hmac, raw.bytes)};
}

}  // namespace bauta::masking
