// The keys that a producer gives its events, in bauta.event_key: who has one, and who comes second.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "core/batch.h"
#include "pg/connection.h"

namespace bauta::sinks {

// What comes second under a key.  All sorted.
struct SecondComers {
  std::vector<std::uint32_t> duplicates;  // The same event again.
  std::vector<std::uint32_t> reused;      // Another one.
  // Those of `reused` whose key was there in an earlier transaction.  The others' is with an event
  // of the same batch, which may be refused yet.
  std::vector<std::uint32_t> reused_for_good;
  bool Has(std::uint32_t i) const {
    return std::binary_search(duplicates.begin(), duplicates.end(), i) ||
           std::binary_search(reused.begin(), reused.end(), i);
  }
};

// Keys that are about to be written, each for the first that has it.  Pure.
class KeyClaims {
 public:
  // `keys[i]` null: it has none.
  explicit KeyClaims(std::vector<const EventKey*> keys);
  // Of the events among `events` that have a row; numbers are those of the batch.
  KeyClaims(const Batch& batch, std::span<const std::uint32_t> events);

  bool empty() const { return by_key_.empty(); }
  // One for each key: in the order of the keys, so that no two transactions wait for each other.
  std::vector<EventKey> Firsts() const;
  // `known`: keys that had their events in earlier transactions; sorted.
  SecondComers Settle(std::span<const EventKey> known) const;

 private:
  std::vector<const EventKey*> keys_;
  std::vector<std::uint32_t> by_key_;
};

// Writes those that are not there yet, after waiting for other transactions that have just written
// one; then all of `wanted` (sorted, each key once) that were there before are returned, sorted.
// One that expired in between is in neither: kRetryable.
Result<std::vector<EventKey>> WriteKeys(pg::Connection& connection,
                                        std::span<const EventKey> wanted, std::int16_t pipeline_id);

}  // namespace bauta::sinks
