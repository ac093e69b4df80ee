#pragma once

#include <functional>
#include <string>
#include <thread>

namespace bauta::cli {

// Shows a line that changes while something long is under way: in place on a terminal, else one
// line every 10 s.  On stderr; gone from the terminal when destroyed.
class Progress {
 public:
  // `line` is called from a thread of its own.
  Progress(bool on_terminal, std::function<std::string()> line);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  std::jthread thread_;
  const bool on_terminal_;
};

}  // namespace bauta::cli
