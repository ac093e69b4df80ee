#include "cli/temp_postgres.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

extern char** environ;

namespace bauta::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPoll{10};

struct Account {
  uid_t uid;
  gid_t gid;
};

// Whom the server runs as: nothing if we are no root and stay who we are.
Result<std::optional<Account>> ServerAccount() {
  if (geteuid() != 0) return std::optional<Account>();
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* entry = getpwnam(name))
      return std::optional<Account>({entry->pw_uid, entry->pw_gid});
  }
  return ConfigError(
      "root may not run a PostgreSQL server, and there is no user postgres or nobody",
      "run bauta demo as an ordinary user");
}

bool HoldsServer(const fs::path& bin) {
  return access((bin / "initdb").c_str(), X_OK) == 0 &&
         access((bin / "postgres").c_str(), X_OK) == 0;
}

// What a child needs, made before fork: after it, only system calls are safe.
struct Command {
  explicit Command(std::vector<std::string> args) : arguments(std::move(args)) {
    for (char** e = environ; *e != nullptr; ++e) {
      const std::string_view entry = *e;
      if (!entry.starts_with("PG") && !entry.starts_with("LC_") && !entry.starts_with("LANG"))
        environment.emplace_back(entry);
    }
    environment.emplace_back("LC_ALL=C");
  }
  static std::vector<char*> Pointers(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (std::string& s : strings) pointers.push_back(s.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::optional<Account> account;
  int stdin_fd = -1;     // -1: /dev/null
  std::string output;    // File that stdout and stderr are appended to.
  int death_signal = 0;  // Sent to it when the forking thread ends; 0: none.
};

// In the child: a session of its own, so that the terminal's Ctrl-C goes to us alone.
[[noreturn]] void BecomeChild(const Command& command, char* const* argv, char* const* envp,
                              pid_t parent) {
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir("/") != 0) _exit(123);  // Ours may be closed to the server's user.
  const int in = command.stdin_fd >= 0 ? command.stdin_fd : open("/dev/null", O_RDONLY);
  const int out = open(command.output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
  if (command.account) {
    const Account who = *command.account;
    if (setgroups(1, &who.gid) != 0 || setgid(who.gid) != 0 || setuid(who.uid) != 0) _exit(125);
  }
  if (command.death_signal != 0) {  // After setuid, which clears it.
    prctl(PR_SET_PDEATHSIG, command.death_signal);
    if (getppid() != parent) _exit(124);
  }
  execve(argv[0], argv, envp);
  _exit(127);
}

Result<pid_t> Spawn(Command command) {
  const std::vector<char*> argv = Command::Pointers(command.arguments);
  const std::vector<char*> envp = Command::Pointers(command.environment);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) BecomeChild(command, argv.data(), envp.data(), parent);
  if (child < 0) return Fatal(fmt::format("cannot fork: {}", std::strerror(errno)));
  return child;
}

// True once the child has ended.
bool Ended(pid_t child, int* status) {
  const pid_t result = waitpid(child, status, WNOHANG);
  return result == child || (result < 0 && errno == ECHILD);
}

bool EndsWithin(pid_t child, milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  int status = 0;
  while (!Ended(child, &status)) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

int WaitFor(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::vector<fs::path> OnPath(const std::string& path) {
  std::vector<fs::path> found;
  std::istringstream parts(path);
  for (std::string part; std::getline(parts, part, ':');) {
    for (const char* program : {"initdb", "pg_config"}) {
      std::error_code error;
      const fs::path real = fs::canonical(fs::path(part) / program, error);
      if (!error) found.push_back(real.parent_path());
    }
  }
  return found;
}

bool OthersMayPass(const fs::path& folder) {
  for (fs::path at = folder;; at = at.parent_path()) {
    std::error_code error;
    const fs::perms perms = fs::status(at, error).permissions();
    if (error || (perms & fs::perms::others_exec) == fs::perms::none) return false;
    if (at == at.parent_path()) return true;
  }
}

// What libpq reads back from a URL as the same path.
std::string UrlEncoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("/._-", c) != nullptr)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// Waits for the end of its input, that is of us, then for that of the server, and removes $1.
constexpr char kJanitor[] = R"(trap '' INT TERM HUP PIPE
read -r _
n=0
while [ $n -lt 300 ] && pid=$(head -n 1 "$1/pg/data/postmaster.pid" 2>/dev/null) &&
      [ -d "/proc/$pid" ]; do sleep 0.1; n=$((n+1)); done
cd /
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
)";

}  // namespace

std::optional<fs::path> NewestServerBelow(const fs::path& root, const std::string& prefix) {
  std::vector<std::pair<double, fs::path>> found;
  std::error_code error;
  fs::directory_iterator at(root, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename();
    if (!name.starts_with(prefix) || !HoldsServer(at->path() / "bin")) continue;
    double version = 0;  // "9.6", "15"; what has none comes last.
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), version);
    found.emplace_back(version, at->path() / "bin");
  }
  if (found.empty()) return std::nullopt;
  return std::max_element(found.begin(), found.end())->second;
}

std::optional<fs::path> FindPostgresServer(const std::string& path) {
  for (const auto& [root, prefix] :
       std::vector<std::pair<const char*, const char*>>{{"/usr/lib/postgresql", ""},
                                                        {"/usr", "pgsql-"},
                                                        {"/opt/homebrew/opt", "postgresql"},
                                                        {"/usr/local/opt", "postgresql"},
                                                        {"/usr/local", "pgsql"}}) {
    if (auto bin = NewestServerBelow(root, prefix)) return bin;
  }
  for (const fs::path& bin : OnPath(path)) {
    if (HoldsServer(bin)) return bin;
  }
  return std::nullopt;
}

Result<TempPostgres> TempPostgres::Start() {
  const char* path = std::getenv("PATH");
  const std::optional<fs::path> bin = FindPostgresServer(path != nullptr ? path : "");
  if (!bin) {
    return ConfigError("no PostgreSQL server is installed on this machine (looked for initdb)",
                       "apt install postgresql, or the same with your system's own packages");
  }
  TempPostgres postgres;
  TRY(postgres.MakeDirectory());
  TRY(postgres.StartJanitor());
  TRY(postgres.InitDb(*bin));
  TRY(postgres.StartServer(*bin));
  TRY(postgres.AwaitReady());
  return postgres;
}

TempPostgres::TempPostgres(TempPostgres&& other) noexcept
    : directory_(std::exchange(other.directory_, {})),
      server_(std::exchange(other.server_, -1)),
      janitor_(std::exchange(other.janitor_, -1)),
      janitor_pipe_(std::exchange(other.janitor_pipe_, -1)) {}

TempPostgres::~TempPostgres() {
  Stop();
  if (janitor_pipe_ >= 0) close(janitor_pipe_);
  if (janitor_ > 0) WaitFor(janitor_);
  std::error_code ignored;
  if (!directory_.empty()) fs::remove_all(directory_, ignored);
}

std::string TempPostgres::url() const {
  return fmt::format("postgresql://bauta@/postgres?host={}&port=5432",
                     UrlEncoded(ServerHome().string()));
}

Result<> TempPostgres::MakeDirectory() {
  const std::optional<Account> account = TRY(ServerAccount());
  const char* tmp = std::getenv("TMPDIR");
  std::string parent = tmp != nullptr && *tmp == '/' ? tmp : "/tmp";
  // Root's own may be closed to the server's user; a long one is too long for a socket.
  if (parent.size() > 70 || (account && !OthersMayPass(parent))) parent = "/tmp";
  std::string name = parent + "/bauta-demo-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    return Fatal(fmt::format("cannot make a directory in {}: {}", parent, std::strerror(errno)),
                 "set TMPDIR to a directory that you may write to");
  }
  directory_ = name;
  const fs::path home = ServerHome();
  if (mkdir(home.c_str(), 0700) != 0)
    return Fatal(fmt::format("cannot make {}: {}", home.string(), std::strerror(errno)));
  if (!account) return Ok();
  // The server's user must get through to its own part, but sees nothing else.
  if (chmod(name.c_str(), 0711) != 0 || chown(home.c_str(), account->uid, account->gid) != 0)
    return Fatal(fmt::format("cannot give {} to the server's user: {}", home.string(),
                             std::strerror(errno)));
  return Ok();
}

Result<> TempPostgres::StartJanitor() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return Fatal(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  Command command({"/bin/sh", "-c", kJanitor, "bauta-janitor", directory_.string()});
  command.stdin_fd = ends[0];
  command.output = "/dev/null";
  const Result<pid_t> child = Spawn(std::move(command));
  close(ends[0]);
  janitor_pipe_ = ends[1];
  janitor_ = TRY(child);
  return Ok();
}

Result<> TempPostgres::InitDb(const fs::path& bin) {
  Command command({(bin / "initdb").string(), "-D", (ServerHome() / "data").string(), "-U", "bauta",
                   "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"});
  command.account = TRY(ServerAccount());
  command.output = (directory_ / "log").string();
  command.death_signal = SIGTERM;
  const pid_t child = TRY(Spawn(std::move(command)));
  if (const int status = WaitFor(child); status != 0)
    return Fatal(fmt::format("initdb failed ({}): {}", (bin / "initdb").string(), LogTail()));
  return Ok();
}

Result<> TempPostgres::StartServer(const fs::path& bin) {
  Command command({(bin / "postgres").string(), "-D", (ServerHome() / "data").string(), "-k",
                   ServerHome().string(), "-c", "listen_addresses=", "-c", "port=5432", "-c",
                   "logging_collector=off", "-c", "log_min_messages=fatal", "-c",
                   "log_min_error_statement=panic"});
  command.account = TRY(ServerAccount());
  command.output = (directory_ / "log").string();
  command.death_signal = SIGINT;
  server_ = TRY(Spawn(std::move(command)));
  return Ok();
}

// The server says so itself, on the last line of its pid file.
Result<> TempPostgres::AwaitReady() {
  const auto deadline = std::chrono::steady_clock::now() + seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    int status = 0;
    if (Ended(server_, &status)) {
      server_ = -1;
      return Fatal(fmt::format("the PostgreSQL server ended at once: {}", LogTail()));
    }
    std::ifstream file(ServerHome() / "data" / "postmaster.pid");
    std::string line, last;
    while (std::getline(file, line)) last = line;
    if (last.starts_with("ready")) return Ok();
    std::this_thread::sleep_for(kPoll);
  }
  return Fatal(fmt::format("the PostgreSQL server did not get ready: {}", LogTail()));
}

void TempPostgres::Stop() {
  if (server_ <= 0) return;
  for (const auto& [signal, limit] : std::vector<std::pair<int, seconds>>{
           {SIGINT, seconds(15)}, {SIGQUIT, seconds(5)}, {SIGKILL, seconds(5)}}) {
    kill(server_, signal);
    if (EndsWithin(server_, limit)) break;
  }
  server_ = -1;
}

// Nothing of a user's is in it: the cluster is new.
std::string TempPostgres::LogTail() const {
  std::ifstream file(directory_ / "log");
  std::string last, line;
  while (std::getline(file, line)) {
    if (!line.empty()) last = std::exchange(line, {});
  }
  return last.empty() ? "it left no message" : last;
}

}  // namespace bauta::cli
