// The messages that are ours for now, each with its newest receipt.  One thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"
#include "core/message.h"

namespace bauta::sources {

// However often its visibility is extended, SQS keeps a message for no longer from its receipt.
inline constexpr std::chrono::hours kLongestHold{12};

struct Held {
  Uuid copy;  // What SQS calls it now, whoever it was first.
  std::string receipt;
  SteadyTime received;     // With that receipt.
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

// What the heartbeats find when they look at what is held.
struct Pulse {
  std::vector<LedgerKey> due;  // Half of the visibility is over; now marked as extending.
  bool late = false;           // Of one there is so little left that they do not keep up.
  SteadyTime oldest = SteadyTime::max();  // Receipt.
};

inline Pulse TakePulse(HeldTable& table, SteadyTime now, std::chrono::milliseconds visibility) {
  Pulse pulse;
  for (auto& [key, held] : table) {
    pulse.oldest = std::min(pulse.oldest, held.received);
    const bool beats = !held.lost && held.refusals == 0;
    const bool at_the_end = held.expires + std::chrono::seconds(1) > held.received + kLongestHold;
    if (!beats || at_the_end) continue;
    pulse.late = pulse.late || held.expires < now + visibility / 4;
    if (held.extending || held.expires > now + visibility / 2) continue;
    held.extending = true;
    pulse.due.push_back(key);
  }
  return pulse;
}

template <class T>
std::vector<T> TakeFront(std::deque<T>& from, std::size_t most) {
  const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(most, from.size()));
  std::vector<T> taken(std::make_move_iterator(from.begin()), std::make_move_iterator(end));
  from.erase(from.begin(), end);
  return taken;
}

}  // namespace bauta::sources
