#pragma once

#include <stop_token>

namespace bauta::cli {

// SIGINT and SIGTERM from now on: the first requests a stop, the second ends the process at once
// with 128+n.  Call before other threads exist; later calls give the same token.
std::stop_token StopOnSignals();

}  // namespace bauta::cli
