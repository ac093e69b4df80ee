// A throw-away PostgreSQL cluster for a test program: one for all its tests, gone with it however
// it ends.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace bauta::fakes {

// The server listens on a socket in its own directory only.  fsync is off: what a test sees of
// durability is COMMIT's answer, not the disk.
class TempPostgres {
 public:
  // Starts at the first call.  `url()` is empty if no server is installed.
  static TempPostgres& Instance() {
    static TempPostgres instance;
    return instance;
  }

  // For libpq; user `postgres`, database `postgres`.
  const std::string& url() const { return url_; }
  std::string url(const std::string& database) const {
    return "host=" + directory_ + " dbname=" + database + " user=postgres";
  }

  TempPostgres(const TempPostgres&) = delete;
  ~TempPostgres() {
    if (keeper_ < 0) return;
    close(alive_);
    waitpid(keeper_, nullptr, 0);
  }

 private:
  TempPostgres() {
    const std::string bin = Binaries();
    if (!bin.empty()) Start(bin);
  }

  // The newest of /usr/lib/postgresql/*/bin, or what PG_BIN says.
  static std::string Binaries() {
    if (const char* bin = getenv("PG_BIN")) return bin;
    DIR* const dir = opendir("/usr/lib/postgresql");
    if (dir == nullptr) return "";
    int newest = 0;
    while (const dirent* entry = readdir(dir)) {
      const std::string initdb =
          std::string("/usr/lib/postgresql/") + entry->d_name + "/bin/initdb";
      if (access(initdb.c_str(), X_OK) == 0) newest = std::max(newest, std::atoi(entry->d_name));
    }
    closedir(dir);
    return newest == 0 ? "" : "/usr/lib/postgresql/" + std::to_string(newest) + "/bin";
  }

  // A keeper process runs the cluster until our end of its stdin closes, which the kernel does for
  // a test that dies.
  void Start(const std::string& bin) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) return;
    keeper_ = fork();
    if (keeper_ == 0) Keep(bin, to[0], from[1]);
    close(to[0]);
    close(from[1]);
    alive_ = to[1];
    char c = 0;
    while (read(from[0], &c, 1) == 1 && c != '\n') directory_ += c;
    close(from[0]);
    if (c == '\n') url_ = url("postgres");
  }

  [[noreturn]] static void Keep(const std::string& bin, int in, int out) {
    setsid();  // Ctrl-C is for the test; the keeper cleans up after it.
    if (getuid() == 0) {
      const passwd* user = getpwnam("postgres");
      if (user == nullptr) user = getpwnam("nobody");
      if (user == nullptr || setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 ||
          setuid(user->pw_uid) != 0) {
        _exit(1);
      }
    }
    dup2(in, 0);
    dup2(out, 1);
    static constexpr const char* kScript = R"(
      trap '' INT TERM HUP
      cd /tmp && dir=$(mktemp -d /tmp/bauta-test-XXXXXX) || exit 1
      "$1/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
          >"$dir/log" 2>&1 &&
      printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" 'fsync = off' \
          'max_connections = 40' 'shared_buffers = 32MB' 'autovacuum = off' \
          'idle_in_transaction_session_timeout = 0' >>"$dir/data/postgresql.conf" &&
      "$1/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 120 start >/dev/null 2>&1 </dev/null &&
      echo "$dir" && exec >/dev/null && cat >/dev/null
      "$1/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
      rm -rf "$dir")";
    execl("/bin/sh", "sh", "-c", kScript, "sh", bin.c_str(), static_cast<char*>(nullptr));
    _exit(1);
  }

  pid_t keeper_ = -1;
  int alive_ = -1;
  std::string directory_, url_;
};

}  // namespace bauta::fakes

// Skips the test, loudly, where no server is installed.
#define REQUIRE_POSTGRES()                                                           \
  if (::bauta::fakes::TempPostgres::Instance().url().empty())                        \
  GTEST_SKIP() << "NO POSTGRESQL SERVER IS INSTALLED (apt-get install postgresql); " \
                  "what this test promises was not checked"
