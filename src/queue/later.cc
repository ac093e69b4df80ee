#include "queue/later.h"

namespace bauta::queue {

void Later::After(std::chrono::milliseconds delay, std::function<void()> fn) {
  {
    const std::lock_guard lock(mutex_);
    due_.emplace(std::chrono::steady_clock::now() + delay, std::move(fn));
  }
  wake_.notify_one();
}

void Later::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (due_.empty()) {
      wake_.wait(lock, stop, [this] { return !due_.empty(); });
      continue;
    }
    const SteadyTime next = due_.begin()->first;
    if (std::chrono::steady_clock::now() < next) {
      wake_.wait_until(lock, stop, next,
                       [this, next] { return due_.empty() || due_.begin()->first < next; });
      continue;
    }
    const std::function<void()> fn = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    lock.unlock();
    fn();
    lock.lock();
  }
}

}  // namespace bauta::queue
