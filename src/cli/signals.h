#pragma once

#include <functional>
#include <stop_token>

namespace bauta::cli {

enum class Hangup { kEnds, kCalls };  // What SIGHUP does: ends the process, or calls OnHangup's.

// SIGINT and SIGTERM from now on: the first requests a stop, the second ends the process at once
// with 128+n.  Call before other threads exist; later calls give the same token.
std::stop_token StopOnSignals(Hangup hangup = Hangup::kEnds);

// What SIGHUP calls from now on, in a thread of its own, where it does not end the process; at
// once, for one that came before.  Empty: later.  When it returns, the last one is not called any
// more.  Any thread.
void OnHangup(std::function<void()> call);

// The signal that requested the stop; 0 if none has.  Any thread.
int StopSignal();

// Returns once a stop is requested.  Any thread.
void WaitForStop(std::stop_token stop);

}  // namespace bauta::cli
