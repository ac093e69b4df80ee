#include "masking/legacy_sweep.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace bauta::masking {
namespace {

constexpr std::size_t kBits = std::size_t{1} << 24;

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

std::optional<LegacyHash> ParseLegacy(std::string_view text) {
  LegacyHash hash{};
  if (text.size() != 2 * hash.size() || !std::ranges::all_of(text, IsLowerHex)) {
    return std::nullopt;
  }
  const std::optional<std::string> bytes = HexDecode(text);
  if (!bytes) return std::nullopt;
  std::ranges::copy(AsBytes(*bytes), hash.begin());
  return hash;
}

LegacySweep::LegacySweep(std::vector<LegacyHash> hashes, crypto::SecretBytes suffix)
    : hashes_(std::move(hashes)), suffix_(std::move(suffix)), seen_(kBits / 64) {
  std::ranges::sort(hashes_);
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  for (const LegacyHash& hash : hashes_) {
    const std::uint32_t bit = Bit(hash);
    seen_[bit / 64] |= std::uint64_t{1} << bit % 64;
  }
}

std::uint32_t LegacySweep::Bit(const LegacyHash& hash) {
  return static_cast<std::uint32_t>(hash[0]) << 16 | static_cast<std::uint32_t>(hash[1]) << 8 |
         hash[2];
}

std::optional<std::uint32_t> LegacySweep::Find(const LegacyHash& hash) const {
  const auto found = std::ranges::lower_bound(hashes_, hash);
  if (found == hashes_.end() || *found != hash) return std::nullopt;
  return static_cast<std::uint32_t>(found - hashes_.begin());
}

void LegacySweep::Try(const Candidates& candidates, std::uint64_t first, std::uint64_t count,
                      std::vector<Hit>& hits) const {
  Candidates::Cursor cursor(candidates, first);
  const std::string_view suffix = AsText(suffix_.bytes());
  for (std::uint64_t i = 0; i < count; ++i, cursor.Next()) {
    const LegacyHash hash = crypto::Sha256({cursor.text(), suffix});
    const std::uint32_t bit = Bit(hash);
    if ((seen_[bit / 64] >> bit % 64 & 1) == 0) continue;
    if (const auto found = Find(hash)) hits.push_back({*found, first + i});
  }
}

}  // namespace bauta::masking
