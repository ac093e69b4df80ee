#include "cli/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "base/log.h"

namespace bauta::cli {
namespace {

std::atomic<int> stopped_by = 0;
std::mutex hangup_mutex;  // Guards both.
std::function<void()> on_hangup;
bool hung_up = false;  // While there was nobody to tell.

void HangUp() {
  const std::lock_guard lock(hangup_mutex);
  if (on_hangup) {
    on_hangup();
  } else {
    hung_up = true;
  }
}

// SIGINT or SIGTERM.
int AwaitEnd(const sigset_t& signals) {
  int number = 0;
  while (sigwait(&signals, &number) != 0 || number == SIGHUP) {
    if (number == SIGHUP) HangUp();
  }
  return number;
}

std::stop_source Watch(Hangup hangup) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  if (hangup == Hangup::kCalls) sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // Inherited by all threads that follow.
  std::stop_source stop;
  std::thread([stop, signals]() mutable {
    stopped_by = AwaitEnd(signals);
    stop.request_stop();
    _exit(128 + AwaitEnd(signals));
  }).detach();
  return stop;
}

}  // namespace

std::stop_token StopOnSignals(Hangup hangup) {
  static const std::stop_source stop = Watch(hangup);
  return stop.get_token();
}

void OnHangup(std::function<void()> call) {
  const std::lock_guard lock(hangup_mutex);
  on_hangup = std::move(call);
  if (!on_hangup) return;
  if (std::exchange(hung_up, false)) on_hangup();
}

int StopSignal() { return stopped_by; }

void WaitForStop(std::stop_token stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait(lock, std::move(stop), [] { return false; });
}

}  // namespace bauta::cli
