#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace bauta::vault {

// What tells one token from all others: the first 128 bits of its hash, and how long it is.
using TokenBits = std::array<std::uint8_t, 16>;
// Nothing if it is no token of 128 bits or more.
std::optional<TokenBits> BitsOf(std::string_view token);

// Tokens that are known to be in the vault, so that the originals behind them need not be sealed
// again: exactly those that were added and not yet displaced, the least recently used first.  Never
// one that is not there: that one's original would be lost.  Any thread; shared by all workers.
//
// Memory grows with what is in it: 40 bytes a token, for a million of them 40 MB.
class KnownTokens {
 public:
  explicit KnownTokens(std::size_t capacity = 1'000'000);

  // The indices of those that are not known.  `generation`: that of the vault, as it was read under
  // the lock that keeps erasures out; with another one than before all is forgotten.
  std::vector<std::uint32_t> Unknown(std::span<const TokenBits> tokens, std::int64_t generation);

  // Their rows have committed, in a transaction that read this generation, and that began after
  // `epoch` was had.  Without effect if either is not the last any more.
  void Add(std::span<const TokenBits> tokens, std::int64_t generation, std::uint64_t epoch);

  // The vault may be another database than before: one that was promoted may lack what was last
  // committed, one that was restored more, and neither shows in the generation.
  void Forget();
  std::uint64_t epoch() const;

  std::size_t size() const;

 private:
  struct Entry {
    TokenBits token;
    std::uint32_t newer, older;
  };

  void Clear();
  std::size_t SlotOf(const TokenBits& token) const;
  void Touch(std::uint32_t entry);
  void Unlink(std::uint32_t entry);
  void PutFirst(std::uint32_t entry);
  void Insert(const TokenBits& token);
  void Displace(std::uint32_t entry);
  void Rehash(std::size_t slots);

  const std::size_t capacity_;
  mutable std::mutex mutex_;  // Guards all below.
  std::optional<std::int64_t> generation_;
  std::uint64_t epoch_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // Open addressing, linear probing; a power of two.
  std::uint32_t newest_, oldest_;
};

}  // namespace bauta::vault
