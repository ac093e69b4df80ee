// The key ring of a run, which SIGHUP reads again.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "cli/identity_notes.h"
#include "config/config.h"
#include "core/mapper.h"
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
  // Whether nobody has said this of it before.
  bool IsNews(const std::string& failure) const;

 private:
  mutable std::mutex mutex_;  // Guards ring_ and failures_.
  std::shared_ptr<const keys::KeyRing> ring_;
  mutable std::set<std::string> failures_;
  std::atomic<std::uint64_t> generation_ = 1;
};

using MapperMaker = std::function<Result<std::unique_ptr<Mapper>>(const keys::KeyRing& ring)>;

// Maps each batch with the ring as it is when it begins; `mapper` is of the ring as it is now.  A
// ring of which none can be made is tried again with each batch, which gets the tokens of the one
// before.  `ring` must outlive it.
std::unique_ptr<Mapper> FollowRing(const LiveRing& ring, MapperMaker make,
                                   std::unique_ptr<Mapper> mapper);

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
