#include "cli/progress.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <utility>

namespace bauta::cli {
namespace {

void Loop(const std::stop_token& stop, bool on_terminal, const std::function<std::string()>& line) {
  const auto interval = std::chrono::milliseconds(on_terminal ? 100 : 10'000);
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any waiting;
  while (!waiting.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); }) &&
         !stop.stop_requested()) {
    if (on_terminal) {
      fmt::print(stderr, "\r\x1b[K{}", line());
      std::fflush(stderr);
    } else {
      fmt::print(stderr, "{}\n", line());
    }
  }
}

}  // namespace

Progress::Progress(bool on_terminal, std::function<std::string()> line)
    : thread_([on_terminal, line = std::move(line)](const std::stop_token& stop) {
        Loop(stop, on_terminal, line);
      }),
      on_terminal_(on_terminal) {}

Progress::~Progress() {
  thread_.request_stop();
  thread_.join();
  if (on_terminal_) {
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }
}

}  // namespace bauta::cli
