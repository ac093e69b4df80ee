#include "aws/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

extern char** environ;

namespace bauta::aws {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMostOutput = 64u << 10;
constexpr milliseconds kSlice{20};

// A session of its own, so that the terminal's Ctrl-C goes to us alone and all that it starts can
// be killed; no signal blocked, as ours are.
class Spawner {
 public:
  Spawner() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0);
  }
  ~Spawner() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  // 0, or the error.
  int Spawn(std::vector<std::string>& arguments, int output, pid_t& child) {
    posix_spawn_file_actions_adddup2(&actions_, output, 1);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    return posix_spawnp(&child, argv[0], &actions_, &attributes_, argv.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

class Child {
 public:
  Child(pid_t pid, int output, milliseconds timeout, const std::stop_token& stop)
      : pid_(pid), output_(output), deadline_(Steady::now() + timeout), stop_(stop) {}

  Ended Await() {
    Ended ended;
    Read(ended);
    int status = 0;
    while (ended.how == Ended::How::kExit && !Reaped(status)) {  // It has closed its output.
      if (Late()) ended.how = Ended::How::kTooLong;
      poll(nullptr, 0, 5);
    }
    if (ended.how != Ended::How::kExit) {
      kill(-pid_, SIGKILL);
      while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
      }
      return ended;
    }
    if (WIFSIGNALED(status)) ended.how = Ended::How::kSignal;
    ended.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    return ended;
  }

 private:
  bool Late() const { return stop_.stop_requested() || Steady::now() >= deadline_; }
  bool Reaped(int& status) const { return waitpid(pid_, &status, WNOHANG) != 0; }

  void Read(Ended& ended) const {
    char chunk[4096];
    while (true) {
      if (Late()) {
        ended.how = Ended::How::kTooLong;
        return;
      }
      pollfd ready{output_, POLLIN, 0};
      if (poll(&ready, 1, static_cast<int>(kSlice.count())) <= 0) continue;
      const ssize_t n = read(output_, chunk, sizeof chunk);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return;
      ended.output.append(chunk, static_cast<std::size_t>(n));
      if (ended.output.size() <= kMostOutput) continue;
      ended.how = Ended::How::kTooMuch;
      return;
    }
  }

  const pid_t pid_;
  const int output_;
  const Steady::time_point deadline_;
  const std::stop_token& stop_;
};

Ended NotStarted(int error) {
  Ended ended;
  ended.how = Ended::How::kNotStarted;
  ended.reason = std::strerror(error);
  return ended;
}

}  // namespace

Ended RunProgram(std::vector<std::string> arguments, milliseconds timeout,
                 const std::stop_token& stop) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return NotStarted(errno);
  pid_t child = 0;
  const int error = Spawner().Spawn(arguments, ends[1], child);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return NotStarted(error);
  }
  Ended ended = Child(child, ends[0], timeout, stop).Await();
  close(ends[0]);
  return ended;
}

}  // namespace bauta::aws
