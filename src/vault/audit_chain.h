// The audit's hash chain: docs/formats/audit-entry.md is byte-exact.  Pure; one thread at a time.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace bauta::vault {

using ChainHash = std::array<unsigned char, 32>;

// A line of pii.audit.
struct AuditEntry {
  std::int64_t seq = 0;
  std::string at;  // "2026-01-02T03:04:05.000000Z": microseconds, as it is hashed.
  std::string actor, action;
  std::optional<std::string> token, reason;
  ChainHash prev_hash{}, hash{};
};

// What the entry's hash must be, given its prev_hash.
ChainHash HashOf(const AuditEntry& entry);

// Where the chain stood at some time: the database's own copy, or one that was kept elsewhere.
struct Anchor {
  std::int64_t seq = 0;
  ChainHash hash{};
};

// A place at which the chain was tampered with.
struct ChainProblem {
  std::int64_t seq;
  std::string kind;  // One of kChainProblems.
  auto operator<=>(const ChainProblem&) const = default;
};

// gap: entries before it are missing.  link: it does not follow from the one before.  hash: it was
// edited.  head: the newest entries were cut off, or the head was changed.  anchor: not the chain
// that was anchored.
inline constexpr std::array<std::string_view, 5> kChainProblems = {"gap", "link", "hash", "head",
                                                                   "anchor"};

// Told of all anchors first, then of every entry by rising seq, then of the head.
class ChainCheck {
 public:
  void Expect(const Anchor& anchor);
  void Add(const AuditEntry& entry);
  void End(const Anchor& head);

  // By seq and kind, each once.
  const std::set<ChainProblem>& problems() const { return problems_; }
  std::int64_t entries() const { return entries_; }
  const std::string& last_at() const { return last_at_; }  // Empty if there are no entries.

 private:
  std::map<std::int64_t, std::set<ChainHash>> anchors_;  // Those that no entry has met yet.
  std::set<ChainProblem> problems_;
  Anchor last_;
  std::int64_t entries_ = 0;
  std::string last_at_;
};

}  // namespace bauta::vault
