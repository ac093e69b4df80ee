// How calls that failed are tried again: AWS's standard mode.  One quota for all calls of a client,
// full jitter, a cap of 20 s; what is throttled waits longer than what broke.
#pragma once

#include <chrono>

#include "base/result.h"

namespace bauta::aws {

// What tries may cost while nothing succeeds, so that many callers do not keep a sick server down.
// A value; one thread at a time.
class RetryQuota {
 public:
  // False: there is not enough.
  bool Take(int tokens);
  void Give(int tokens);
  int left() const { return left_; }

 private:
  int left_ = 500;
};

// The tries of one thing, one after the other.  One thread at a time; `quota` outlives it.
class Retry {
 public:
  static constexpr std::chrono::milliseconds kLongest{20'000};

  // No pause is longer than `longest`.
  explicit Retry(RetryQuota& quota, std::chrono::milliseconds longest = kLongest)
      : quota_(&quota), longest_(longest) {}

  // A try failed: how long to wait before the next.  With the quota used up the pauses are as long
  // as after many failures; a consumer goes on, and who need not may give up (spent()).
  std::chrono::milliseconds Failed(const Error& error);
  // A try succeeded: gives back what it cost.
  void Succeeded();

  int failures() const { return failures_; }  // Since the last success.
  bool spent() const { return failures_ > 0 && cost_ == 0; }

 private:
  RetryQuota* quota_;
  std::chrono::milliseconds longest_;
  int failures_ = 0;
  int cost_ = 0;  // Of the latest try.
};

// A random share of min(2^attempt * base, cap); attempt counts from 0.  Any thread.
std::chrono::milliseconds Backoff(int attempt, std::chrono::milliseconds base,
                                  std::chrono::milliseconds cap = Retry::kLongest);

}  // namespace bauta::aws
