// Waiting that ends early when one is to stop.
#pragma once

#include <chrono>
#include <stop_token>

namespace bauta {

// Blocks for `duration`, or until `stop` is requested.  False: it is.
bool Pause(std::chrono::milliseconds duration, const std::stop_token& stop);

}  // namespace bauta
