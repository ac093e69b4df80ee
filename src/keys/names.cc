#include "keys/names.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/hkdf.h"

namespace bauta::keys {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

bool IsIdChar(char c) {
  return IsDigit(c) || IsLower(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-';
}

}  // namespace

bool IsKid(std::string_view kid) {
  const auto allowed = [](char c) { return IsDigit(c) || IsLower(c); };
  return !kid.empty() && kid.size() <= 12 && std::ranges::all_of(kid, allowed);
}

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, IsIdChar);
}

bool IsKcv(std::string_view kcv) {
  const auto is_hex = [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); };
  return kcv.size() == 8 && std::ranges::all_of(kcv, is_hex);
}

bool IsDate(std::string_view date) {
  if (date.size() != 10) return false;
  for (std::size_t i = 0; i < date.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? date[i] != '-' : !IsDigit(date[i])) return false;
  }
  return true;
}

std::string_view StatusName(KeyStatus status) {
  switch (status) {
    case KeyStatus::kEnabled:
      return "ENABLED";
    case KeyStatus::kDisabled:
      return "DISABLED";
    case KeyStatus::kDestroyed:
      return "DESTROYED";
  }
  return {};
}

std::string_view PurposeName(Purpose purpose) {
  return purpose == Purpose::kVault ? "vault" : "quarantine";
}

std::optional<KeyStatus> ParseStatus(std::string_view word) {
  for (const KeyStatus s : {KeyStatus::kEnabled, KeyStatus::kDisabled, KeyStatus::kDestroyed}) {
    if (StatusName(s) == word) return s;
  }
  return std::nullopt;
}

std::optional<Purpose> ParsePurpose(std::string_view word) {
  for (const Purpose p : {Purpose::kVault, Purpose::kQuarantine}) {
    if (PurposeName(p) == word) return p;
  }
  return std::nullopt;
}

crypto::SecretBytes PrkOf(const crypto::SecretBytes& material) {
  return crypto::HkdfExtract("pii-token-v1", material);
}

std::string KcvOf(const crypto::SecretBytes& prk) {
  const crypto::SecretBytes kcv = crypto::HkdfExpand(prk, std::string_view("kcv\0\0", 5), 4);
  return HexEncode(AsText(kcv.bytes()));
}

}  // namespace bauta::keys
