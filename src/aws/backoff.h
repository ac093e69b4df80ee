// How long to wait before trying again: AWS's standard mode, full jitter under a cap.
#pragma once

#include <chrono>

namespace bauta::aws {

// A random share of min(2^attempt * base, cap); attempt counts from 0.  Any thread.
std::chrono::milliseconds Backoff(int attempt,
                                  std::chrono::milliseconds base = std::chrono::seconds(1),
                                  std::chrono::milliseconds cap = std::chrono::seconds(20));

}  // namespace bauta::aws
