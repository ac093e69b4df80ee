// One thread writes what many changed: it takes what has gathered while it wrote the last time, and
// all who wait for some of it share one flush of the disk.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>

#include "queue/journal.h"

namespace bauta::queue {

// Every function may be called from any thread.
class GroupCommit {
 public:
  // `gather` says what changed since its last call; it may take a lock under which Changed is
  // called.  `journal` must outlive this.
  GroupCommit(Journal& journal, std::function<Changes()> gather)
      : journal_(journal), gather_(std::move(gather)) {}

  // Something that `gather` will see.
  void Changed();
  // Calls `done` once, here or in Run: true when all that changed so far is durable, false if that
  // cannot be said now, though it may become so later.
  using Done = std::function<void(bool)>;
  void WhenDurable(Done done);
  // What changed last could not be written; it is tried again and again.
  bool failing() const;

  // Writes until stopped, and once more what has gathered by then.
  void Run(const std::stop_token& stop);

 private:
  bool Write(const Changes& changes, const std::stop_token& stop);
  void Fail(const Error& error);
  void Release(std::uint64_t durable);

  Journal& journal_;
  const std::function<Changes()> gather_;

  struct Waiting {
    std::uint64_t change;
    Done done;
  };
  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable_any wake_;
  std::uint64_t changed_ = 0, durable_ = 0;  // Changes are counted; so many of them.
  std::deque<Waiting> waiting_;              // By change.
  bool failing_ = false;
};

}  // namespace bauta::queue
