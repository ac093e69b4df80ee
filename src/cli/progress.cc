#include "cli/progress.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <utility>

#include "base/log.h"

namespace bauta::cli {
namespace {

void Loop(const std::stop_token& stop, bool in_place, const std::function<std::string()>& line,
          const std::function<void()>& record, std::chrono::milliseconds interval) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any waiting;
  while (!waiting.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); }) &&
         !stop.stop_requested()) {
    if (in_place) {
      fmt::print(stderr, "\r\x1b[K{}", line());
      std::fflush(stderr);
    } else if (record) {
      record();
    } else {
      log::Info("progress", line());
    }
  }
}

}  // namespace

Progress::Progress(bool in_place, std::function<std::string()> line, std::function<void()> record,
                   std::optional<std::chrono::milliseconds> interval)
    : thread_([in_place, line = std::move(line), record = std::move(record),
               every = interval.value_or(std::chrono::milliseconds(in_place ? 100 : 10'000))](
                  const std::stop_token& stop) { Loop(stop, in_place, line, record, every); }),
      in_place_(in_place) {}

Progress::~Progress() { End(); }

void Progress::End() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  if (in_place_) {
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }
}

}  // namespace bauta::cli
