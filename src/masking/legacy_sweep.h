#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "crypto/secret_bytes.h"
#include "masking/candidates.h"

namespace bauta::masking {

using LegacyHash = std::array<unsigned char, 32>;

// 64 lower-case hexadecimal digits, as legacy-sha256 writes them.
std::optional<LegacyHash> ParseLegacy(std::string_view text);

// Inverts plain SHA-256 hashes by hashing all candidates.  Immutable once made; any thread.
class LegacySweep {
 public:
  // `hashes` in any order, equal ones once; `suffix` stood behind the values that were hashed.
  LegacySweep(std::vector<LegacyHash> hashes, crypto::SecretBytes suffix);

  // A hash, as an index into hashes(), and its candidate's number: as secret as the value.
  struct Hit {
    std::uint32_t hash;
    std::uint64_t candidate;
  };
  // Appends those among `count` candidates from `first` on.
  void Try(const Candidates& candidates, std::uint64_t first, std::uint64_t count,
           std::vector<Hit>& hits) const;

  // Sorted.
  const std::vector<LegacyHash>& hashes() const { return hashes_; }
  std::optional<std::uint32_t> Find(const LegacyHash& hash) const;

 private:
  static std::uint32_t Bit(const LegacyHash& hash);

  std::vector<LegacyHash> hashes_;
  crypto::SecretBytes suffix_;
  std::vector<std::uint64_t> seen_;  // A bit for the first 24 of each hash: most miss here.
};

}  // namespace bauta::masking
