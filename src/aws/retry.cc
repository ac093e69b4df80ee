#include "aws/retry.h"

#include <algorithm>

#include "base/jitter.h"

namespace bauta::aws {
namespace {

using std::chrono::milliseconds;

constexpr int kFull = 500;
constexpr int kCost = 5;
constexpr int kTimeoutCost = 10;  // It held a connection for long.
constexpr milliseconds kBase{100};
constexpr milliseconds kThrottledBase{1'000};
constexpr milliseconds kMostAsked{5'000};  // What a server may add to our own pause.

}  // namespace

bool RetryQuota::Take(int tokens) {
  if (left_ < tokens) return false;
  left_ -= tokens;
  return true;
}

void RetryQuota::Give(int tokens) { left_ = std::min(kFull, left_ + tokens); }

milliseconds Retry::Failed(const Error& error) {
  const int cost = error.trouble == Trouble::kTimeout ? kTimeoutCost : kCost;
  cost_ = quota_->Take(cost) ? cost : 0;
  const milliseconds base = error.trouble == Trouble::kThrottled ? kThrottledBase : kBase;
  const milliseconds own =
      cost_ == 0 ? Jitter(milliseconds(0), longest_) : Backoff(failures_, base, longest_);
  ++failures_;
  return std::clamp(error.retry_after, own, std::min(own + kMostAsked, std::max(own, longest_)));
}

void Retry::Succeeded() {
  quota_->Give(failures_ > 0 ? cost_ : 1);
  failures_ = cost_ = 0;
}

milliseconds Backoff(int attempt, milliseconds base, milliseconds cap) {
  return Jitter(milliseconds(0), std::min(base * (1 << std::clamp(attempt, 0, 16)), cap));
}

}  // namespace bauta::aws
