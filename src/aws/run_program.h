#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace bauta::aws {

// How a program ended, and what it printed.
struct Ended {
  enum class How { kExit, kSignal, kNotStarted, kTooLong, kTooMuch };
  How how = How::kExit;
  int code = 0;        // Of kExit and kSignal.
  std::string reason;  // Of kNotStarted.
  std::string output;  // stdout; stderr and stdin are /dev/null.
};

// Blocks until it has ended, `timeout` has passed or a stop is asked for; in the last two cases it
// is killed with its whole session.  `arguments` begin with the program, looked for in PATH.  Any
// thread.
Ended RunProgram(std::vector<std::string> arguments, std::chrono::milliseconds timeout,
                 const std::stop_token& stop);

}  // namespace bauta::aws
