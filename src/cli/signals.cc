#include "cli/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

namespace bauta::cli {
namespace {

std::stop_source Watch() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // Inherited by all threads that follow.
  std::stop_source stop;
  std::thread([stop, signals]() mutable {
    int number = 0;
    sigwait(&signals, &number);
    stop.request_stop();
    sigwait(&signals, &number);
    _exit(128 + number);
  }).detach();
  return stop;
}

}  // namespace

std::stop_token StopOnSignals() {
  static const std::stop_source stop = Watch();
  return stop.get_token();
}

}  // namespace bauta::cli
