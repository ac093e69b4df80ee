#include "cli/temp_postgres.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace bauta::cli {
namespace {

namespace fs = std::filesystem;

// A zombie that nobody has waited for yet is dead.
bool Alive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return (file >> number >> name >> state) && state != "Z" && state != "X";
}

template <class Condition>
bool Eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(40);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

bool Accepts(const fs::path& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  const int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool ok = connect(s, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(s);
  return ok;
}

class Directory {
 public:
  Directory() {
    std::string name = "/tmp/bauta-test-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Directory() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  fs::path AddServer(const std::string& version) const {
    const fs::path bin = path_ / version / "bin";
    fs::create_directories(bin);
    for (const char* program : {"initdb", "postgres"}) {
      std::ofstream(bin / program) << "#!/bin/sh\n";
      fs::permissions(bin / program, fs::perms::owner_all);
    }
    return bin;
  }

 private:
  fs::path path_;
};

TEST(NewestServerBelow, ComparesVersionsAsNumbers) {
  const Directory root;
  root.AddServer("9.6");
  const fs::path newest = root.AddServer("15");
  root.AddServer("12");
  fs::create_directories(root.path() / "99" / "bin");  // Only the client: no initdb.
  EXPECT_EQ(NewestServerBelow(root.path()), newest);
}

TEST(NewestServerBelow, FindsNothingWhereNothingIs) {
  const Directory root;
  EXPECT_EQ(NewestServerBelow(root.path()), std::nullopt);
  EXPECT_EQ(NewestServerBelow(root.path() / "absent"), std::nullopt);
}

TEST(TempPostgres, AcceptsConnectionsAndLeavesNothing) {
  fs::path directory;
  pid_t pid = -1;
  {
    const Result<TempPostgres> postgres = TempPostgres::Start();
    ASSERT_TRUE(postgres.ok()) << postgres.error().message;
    directory = postgres.value().directory();
    pid = postgres.value().pid();
    EXPECT_TRUE(Accepts(directory / "pg" / ".s.PGSQL.5432"));
    EXPECT_NE(postgres.value().url().find(directory.string()), std::string::npos);
    EXPECT_TRUE(Alive(pid));
    struct stat status {};
    ASSERT_EQ(stat((directory / "pg").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 077, 0u);
    ASSERT_EQ(stat(("/proc/" + std::to_string(pid)).c_str(), &status), 0);
    EXPECT_NE(status.st_uid, 0u);  // Never root's, whoever runs this test.
  }
  EXPECT_FALSE(Alive(pid));
  EXPECT_FALSE(fs::exists(directory));
}

TEST(TempPostgres, EndsWithItsProcessEvenIfKilled) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Result<TempPostgres> postgres = TempPostgres::Start();
    if (!postgres.ok()) _exit(1);
    const std::string report =
        std::to_string(postgres.value().pid()) + " " + postgres.value().directory().string();
    if (write(ends[1], report.data(), report.size()) < 0) _exit(1);
    close(ends[1]);
    while (true) pause();
  }
  close(ends[1]);
  char buffer[256] = {};
  const ssize_t size = read(ends[0], buffer, sizeof buffer - 1);
  close(ends[0]);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_GT(size, 0) << "the server did not start";
  const std::string report = buffer;
  const pid_t server = static_cast<pid_t>(std::stol(report));
  const fs::path directory = report.substr(report.find(' ') + 1);
  EXPECT_TRUE(Eventually([&] { return !Alive(server) && !fs::exists(directory); }));
}

}  // namespace
}  // namespace bauta::cli
