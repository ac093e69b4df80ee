#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace bauta::cli {

// The bin directory of the newest PostgreSQL server installed: Debian's, Red Hat's and Homebrew's
// places, then what PATH (colon separated) leads to.  Nothing if there is none.
std::optional<std::filesystem::path> FindPostgresServer(const std::string& path);
// Of `root`/<version>/bin, the one with the highest version that holds initdb and postgres.
std::optional<std::filesystem::path> NewestServerBelow(const std::filesystem::path& root,
                                                       const std::string& prefix = {});

// A throw-away PostgreSQL cluster: made by Start, gone with the object.  It listens on a socket in
// a directory of its own (0700) and nowhere else.  When root starts it, it runs as the user
// postgres, else nobody.
//
// Whatever ends this process, SIGKILL too, ends the cluster and removes its directory: the kernel
// sends the server SIGINT, and a small shell that waits for the end of a pipe tidies up.
//
// Start it from a thread that lives as long as the object (the kernel's signal follows the thread
// that forked).  Const use by any thread.
class TempPostgres {
 public:
  // kConfig, with the command that helps, if no server is installed; kFatal if it does not start.
  static Result<TempPostgres> Start();

  TempPostgres(TempPostgres&& other) noexcept;
  TempPostgres& operator=(TempPostgres&&) = delete;
  ~TempPostgres();

  // For libpq; the user is a superuser without a password.
  std::string url() const;
  // Ours: removed with the cluster, so put what should go with it here.
  const std::filesystem::path& directory() const { return directory_; }
  pid_t pid() const { return server_; }

 private:
  TempPostgres() = default;
  // Data and socket; belongs to the server's user.
  std::filesystem::path ServerHome() const { return directory_ / "pg"; }
  Result<> MakeDirectory();
  Result<> StartJanitor();
  Result<> InitDb(const std::filesystem::path& bin);
  Result<> StartServer(const std::filesystem::path& bin);
  Result<> AwaitReady();
  void Stop();
  std::string LogTail() const;

  std::filesystem::path directory_;
  pid_t server_ = -1;
  pid_t janitor_ = -1;
  int janitor_pipe_ = -1;  // Its end tells the janitor that we are gone.
};

}  // namespace bauta::cli
