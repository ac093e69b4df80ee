// The messages that are ours for now, each with its newest receipt.  One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "core/message.h"

namespace bauta::sources {

struct Held {
  std::string receipt;
  SteadyTime expires;      // When the queue shows it to others again.
  std::size_t bytes = 0;   // Of its body; 0 once acked.
  bool acked = false;      // Waits to be deleted.
  bool extending = false;  // A heartbeat is on its way.
  int refusals = 0;        // How often a delete of it was refused.
  bool lost = false;       // The queue no longer takes heartbeats for it.
};

struct LedgerKeyHash {
  std::size_t operator()(const LedgerKey& key) const {
    std::uint64_t halves[2];
    std::memcpy(halves, key.id.bytes.data(), sizeof halves);
    return static_cast<std::size_t>(halves[0] ^ (halves[1] * 0x9e3779b97f4a7c15u));
  }
};

using HeldTable = std::unordered_map<LedgerKey, Held, LedgerKeyHash>;

// Those whose visibility ends before `until`, at most `most`, now marked as extending.
inline std::vector<LedgerKey> TakeDue(HeldTable& table, SteadyTime until, std::size_t most) {
  std::vector<LedgerKey> due;
  for (auto& [key, held] : table) {
    if (due.size() >= most) break;
    if (held.extending || held.lost || held.refusals > 0 || held.expires > until) continue;
    held.extending = true;
    due.push_back(key);
  }
  return due;
}

}  // namespace bauta::sources
