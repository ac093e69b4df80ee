#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace bauta::cli {

// Tells how far something long has come: a line on stderr that changes in place and is gone at the
// end, or a log record now and then.
class Progress {
 public:
  // Both are called from a thread of its own, every 100 ms in place, else every 10 s, or as
  // `interval` says.  Without `record`, `line` is what is logged.
  Progress(bool in_place, std::function<std::string()> line, std::function<void()> record = {},
           std::optional<std::chrono::milliseconds> interval = {});
  ~Progress();
  // Takes the line away; nothing is told after it.  One thread at a time.
  void End();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  std::jthread thread_;
  const bool in_place_;
};

}  // namespace bauta::cli
