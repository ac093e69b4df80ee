#include "masking/token_mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <utility>

#include "masking/base32.h"
#include "masking/canonical.h"

namespace bauta::masking {
namespace {

bool IsKid(std::string_view kid) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !kid.empty() && kid.size() <= 12 && std::ranges::all_of(kid, allowed);
}

// Late messages come from a few months; all others wait for their turn.
constexpr std::size_t kMostMonths = 24;

// In UTC, counted from January 1970.
int MonthOf(std::int64_t epoch_ms) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(epoch_ms)};
  const std::chrono::year_month_day date{floor<std::chrono::days>(at)};
  return (static_cast<int>(date.year()) - 1970) * 12 +
         static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

// "2026-01"
std::string MonthName(int month) {
  const auto date = std::chrono::year_month(std::chrono::year(1970), std::chrono::January) +
                    std::chrono::months(month);
  return fmt::format("{:04}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()));
}

bool IsKeySize(const crypto::SecretBytes& key) { return key.size() == 32; }

}  // namespace

TokenMask::TokenMask(Options options)
    : form_(options.form),
      hash_bytes_(static_cast<std::size_t>(options.bits) / 8),
      token_("h1:" + options.kid + ":"),
      prefix_(token_.size()),
      keys_of_month_(std::move(options.keys_of_month)) {
  token_.resize(prefix_ + Base32Size(hash_bytes_));
}

Result<TokenMask> TokenMask::Make(Options options) {
  if (!IsKid(options.kid)) return ConfigError("a key id is 1 to 12 of a-z and 0-9");
  if (options.bits < 8 || options.bits > 256 || options.bits % 8 != 0) {
    return ConfigError("a token has 8 to 256 bits, in whole bytes");
  }
  const Keys keys =
      options.keys_of_month ? TRY(options.keys_of_month(MonthName(0))) : std::move(options.keys);
  Signers signers = TRY(MakeSigners(keys));
  TokenMask masker(std::move(options));
  masker.signers_.emplace(0, std::move(signers));
  return masker;
}

Result<TokenMask::Signers> TokenMask::MakeSigners(const Keys& keys) {
  const bool has_raw = keys.raw_key.size() != 0;
  if (!IsKeySize(keys.key) || (has_raw && !IsKeySize(keys.raw_key))) {
    return Fatal("a token key has 32 bytes");
  }
  Signers signers{TRY(crypto::Hmac::Make(keys.key.bytes())), std::nullopt};
  if (has_raw) signers.raw_hmac = TRY(crypto::Hmac::Make(keys.raw_key.bytes()));
  return signers;
}

// Null only if keys_of_month breaks its word.
TokenMask::Signers* TokenMask::SignersOf(std::int64_t sent_ms) {
  const int month = keys_of_month_ ? MonthOf(sent_ms) : 0;
  if (const auto known = signers_.find(month); known != signers_.end()) return &known->second;
  if (signers_.size() >= kMostMonths) signers_.clear();
  const Result<Keys> keys = keys_of_month_(MonthName(month));
  if (!keys.ok()) return nullptr;
  Result<Signers> signers = MakeSigners(*keys);
  if (!signers.ok()) return nullptr;
  return &signers_.emplace(month, std::move(signers).value()).first->second;
}

std::string_view TokenMask::Token(crypto::Hmac& under, std::string_view canonical) {
  std::array<unsigned char, 32> hash;
  under.Sign(canonical, hash.data());
  Base32Encode(std::span(hash).first(hash_bytes_), token_.data() + prefix_);
  return token_;
}

Masked TokenMask::Mask(std::string_view value, std::int64_t sent_ms) {
  using Kind = CanonicalValue::Kind;
  const CanonicalValue canonical = Canonicalise(form_, value, scratch_);
  if (canonical.kind == Kind::kEmpty) return {Outcome::kEmpty, {}};
  Signers* const signers = SignersOf(sent_ms);
  if (signers == nullptr) return {Outcome::kInvalid, {}};
  if (canonical.kind == Kind::kOk) {
    return {Outcome::kMasked, Token(signers->hmac, canonical.bytes)};
  }
  if (!signers->raw_hmac) return {Outcome::kInvalid, {}};
  const CanonicalValue raw = Canonicalise(Form::kRaw1, value, scratch_);
  if (raw.kind != Kind::kOk) return {Outcome::kInvalid, {}};
  return {Outcome::kRaw, Token(*signers->raw_hmac, raw.bytes)};
}

}  // namespace bauta::masking
