// Runs functions at their time, on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace bauta::queue {

class Later {
 public:
  Later() : thread_([this](const std::stop_token& stop) { Run(stop); }) {}
  ~Later() = default;  // What is not due yet is dropped.
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

  // Any thread; `fn` must not block.  What is due at the same time runs in the order of the calls.
  void After(std::chrono::milliseconds delay, std::function<void()> fn);

 private:
  void Run(const std::stop_token& stop);

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable_any wake_;
  std::multimap<SteadyTime, std::function<void()>> due_;
  std::jthread thread_;  // Ends before what it uses.
};

}  // namespace bauta::queue
