// Keeps the credentials that requests are signed with, and renews them in time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "aws/credentials.h"
#include "aws/outside.h"
#include "base/log.h"
#include "base/result.h"

namespace bauta::aws {

// When credentials that arrived at `now` are to be renewed: 15 minutes before they expire, half-way
// if they do not live that long.
WallTime RenewalTime(WallTime now, WallTime expires);

// Asks the provider on a thread of its own, one question at a time.  A renewal that fails while the
// old ones are good is told in the log and tried again.  Every function may be called from any
// thread, and none but Open and Stop blocks.
class CredentialsKeeper {
 public:
  // Blocks until the provider has answered.  Its errors are the provider's, kConfig if it was the
  // last resort and did not answer; kRetryable if what it gave has expired, or
  // expires within half a second.
  static Result<std::unique_ptr<CredentialsKeeper>> Open(Provider provider, Environment environment,
                                                         const Clock& clock = SystemClock());
  ~CredentialsKeeper();

  const std::string& source() const { return provider_.source; }

  // Asking again may bring others.
  bool renewable() const { return !provider_.constant; }

  // What to sign with.  The version changes with them.
  struct Current {
    std::uint64_t version = 0;
    Credentials credentials;
  };
  Current current() const;
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  // False: they have expired, and signing with them is of no use.
  bool Usable(WallTime now) const { return ToEpochMillis(now) < usable_until_.load(); }

  // Those of `version` are refused or have expired: calls `done` once there are others, perhaps at
  // once, or the provider has answered, or it is known not to.  On any thread, outside the locks.
  using Done = std::function<void(Result<>)>;
  void Renew(std::uint64_t version, Done done);

  // Ends the thread; what waits in Renew is dropped uncalled.
  void Stop();

 private:
  CredentialsKeeper(Provider provider, Environment environment, const Clock& clock);
  void Run(const std::stop_token& stop);
  Result<Credentials> Fetch();
  void Conclude(Result<Credentials> got);
  void Take(Credentials credentials, WallTime now);
  void Complain(const Error& error, WallTime now);

  const Provider provider_;
  const Clock& clock_;
  Outside outside_;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable_any wake_;
  Current current_;
  std::optional<Error> failure_;  // Of the last question.
  int failures_ = 0;              // In a row.
  std::optional<WallTime> next_;  // When to ask; nothing: when asked to.
  bool wanted_ = false;
  std::vector<Done> waiting_;

  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::int64_t> usable_until_;
  std::jthread thread_;  // None if the credentials are constant.
};

}  // namespace bauta::aws
