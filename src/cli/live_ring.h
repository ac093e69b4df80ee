// The key ring of a run, which SIGHUP reads again.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "cli/identity_notes.h"
#include "config/config.h"
#include "core/mapper.h"
#include "core/table_schema.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "schema/registry.h"

namespace bauta::cli {

// Any thread.
class LiveRing {
 public:
  explicit LiveRing(keys::KeyRing ring)
      : ring_(std::make_shared<const keys::KeyRing>(std::move(ring))) {}

  std::shared_ptr<const keys::KeyRing> Get() const;
  // Rises when another takes its place.
  std::uint64_t generation() const { return generation_; }
  void Set(keys::KeyRing ring);

 private:
  mutable std::mutex mutex_;  // Guards ring_.
  std::shared_ptr<const keys::KeyRing> ring_;
  std::atomic<std::uint64_t> generation_ = 1;
};

// Maps with the ring as it is when a message comes.  All of these: `config`, `ring` and what else
// is a reference must outlive it.
std::unique_ptr<Mapper> FollowRing(const config::Config& config, const LiveRing& ring,
                                   const TableSchema& table, std::unique_ptr<Mapper> mapper);

// Believes redrive notes under the keys of the ring as it is.  Any thread.
Result<std::function<std::optional<sources::FirstIdentity>(std::string_view note,
                                                           const sources::Noted& message)>>
ReadNotes(const config::Config& config, const LiveRing& ring);

// Reads the file again at each SIGHUP, in a thread of its own.  A ring that does not fit config and
// database is told of and left: the run goes on with the one that it has.
class RingReader {
 public:
  RingReader(const config::Config& config, LiveRing& ring, schema::NewTokens new_tokens);
  ~RingReader();
  RingReader(const RingReader&) = delete;

 private:
  std::jthread thread_;
};

}  // namespace bauta::cli
