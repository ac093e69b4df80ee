#include "vault/known_tokens.h"

#include <algorithm>
#include <cstring>

namespace bauta::vault {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;
constexpr std::size_t kFewSlots = 1024;
constexpr std::size_t kBase32Digits = 26;  // Of 128 bits.

// The bits are a keyed hash's: as random as any hash of them would be.
std::size_t HashOf(const TokenBits& token) {
  std::uint64_t hash;
  std::memcpy(&hash, token.data(), sizeof hash);
  return hash;
}

int Digit(char c) {
  if (c >= 'a' && c <= 'z') return c - 'a';
  return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

}  // namespace

std::optional<TokenBits> BitsOf(std::string_view token) {
  token.remove_prefix(token.rfind(':') + 1);
  if (token.size() < kBase32Digits) return std::nullopt;
  TokenBits bits;
  std::uint32_t rest = 0;
  int have = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; at < bits.size(); ++i) {
    const int digit = Digit(token[i]);
    if (digit < 0) return std::nullopt;
    rest = rest << 5 | static_cast<std::uint32_t>(digit);
    have += 5;
    if (have < 8) continue;
    have -= 8;
    bits[at++] = static_cast<std::uint8_t>(rest >> have);
  }
  bits.back() ^= static_cast<std::uint8_t>(token.size() - kBase32Digits);  // A longer token of the
  return bits;                                                             // same value is another.
}

KnownTokens::KnownTokens(std::size_t capacity)
    : capacity_(std::max<std::size_t>(capacity, 1)), newest_(kNone), oldest_(kNone) {
  Clear();
}

std::vector<std::uint32_t> KnownTokens::Unknown(std::span<const TokenBits> tokens,
                                                std::int64_t generation) {
  std::vector<std::uint32_t> unknown;
  const std::lock_guard lock(mutex_);
  if (generation_ != generation) {
    Clear();
    generation_ = generation;
  }
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    const std::uint32_t entry = slots_[SlotOf(tokens[i])];
    if (entry == kNone) {
      unknown.push_back(i);
    } else {
      Touch(entry);
    }
  }
  return unknown;
}

void KnownTokens::Add(std::span<const TokenBits> tokens, std::int64_t generation,
                      std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  if (generation_ != generation || epoch_ != epoch) return;
  for (const TokenBits& token : tokens) {
    const std::uint32_t entry = slots_[SlotOf(token)];
    if (entry == kNone) {
      Insert(token);
    } else {
      Touch(entry);
    }
  }
}

void KnownTokens::Forget() {
  const std::lock_guard lock(mutex_);
  ++epoch_;
  Clear();
}

std::uint64_t KnownTokens::epoch() const {
  const std::lock_guard lock(mutex_);
  return epoch_;
}

std::size_t KnownTokens::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void KnownTokens::Clear() {
  entries_.clear();
  slots_.assign(kFewSlots, kNone);
  newest_ = oldest_ = kNone;
}

// Where it is, or would be.
std::size_t KnownTokens::SlotOf(const TokenBits& token) const {
  std::size_t slot = HashOf(token) & (slots_.size() - 1);
  while (slots_[slot] != kNone && entries_[slots_[slot]].token != token) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

void KnownTokens::Touch(std::uint32_t entry) {
  if (entry == newest_) return;
  Unlink(entry);
  PutFirst(entry);
}

void KnownTokens::Unlink(std::uint32_t entry) {
  const Entry& e = entries_[entry];
  (e.newer == kNone ? newest_ : entries_[e.newer].older) = e.older;
  (e.older == kNone ? oldest_ : entries_[e.older].newer) = e.newer;
}

void KnownTokens::PutFirst(std::uint32_t entry) {
  entries_[entry].newer = kNone;
  entries_[entry].older = newest_;
  (newest_ == kNone ? oldest_ : entries_[newest_].newer) = entry;
  newest_ = entry;
}

void KnownTokens::Insert(const TokenBits& token) {
  std::uint32_t entry = oldest_;
  if (entries_.size() < capacity_) {
    if ((entries_.size() + 1) * 2 > slots_.size()) Rehash(slots_.size() * 2);
    entry = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    Displace(entry);
  }
  entries_[entry].token = token;
  slots_[SlotOf(token)] = entry;
  PutFirst(entry);
}

// Those behind it in the same run move up, so that no search ends at its gap.
void KnownTokens::Displace(std::uint32_t entry) {
  Unlink(entry);
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = SlotOf(entries_[entry].token);
  slots_[gap] = kNone;
  for (std::size_t at = (gap + 1) & mask; slots_[at] != kNone; at = (at + 1) & mask) {
    const std::size_t home = HashOf(entries_[slots_[at]].token) & mask;
    if (((at - home) & mask) < ((at - gap) & mask)) continue;
    slots_[gap] = slots_[at];
    slots_[at] = kNone;
    gap = at;
  }
}

void KnownTokens::Rehash(std::size_t slots) {
  slots_.assign(slots, kNone);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) slots_[SlotOf(entries_[i].token)] = i;
}

}  // namespace bauta::vault
