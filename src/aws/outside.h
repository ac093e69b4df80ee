// How credentials providers reach the world.  Every function but Stop is for one thread, which it
// may block; Stop may be called from any and makes the others return at once.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "aws/environment.h"
#include "base/clock.h"
#include "base/pause.h"
#include "base/result.h"
#include "http/client.h"

namespace bauta::aws {

class Outside {
 public:
  explicit Outside(Environment environment, const Clock& clock = SystemClock());
  ~Outside();

  const Environment& environment() const { return environment_; }
  const Clock& clock() const { return clock_; }
  std::stop_token stop_token() const { return stop_.get_token(); }

  // Any status is a response; errors are those of http::Client, kRetryable after Stop.
  Result<http::ClientResponse> Send(http::ClientRequest request);
  // False if Stop was called.
  bool Pause(std::chrono::milliseconds delay) { return bauta::Pause(delay, stop_token()); }
  void Stop() { stop_.request_stop(); }

 private:
  const Environment environment_;
  const Clock& clock_;
  std::stop_source stop_;
  std::unique_ptr<http::Client> http_;  // Made by the first Send.
};

}  // namespace bauta::aws
