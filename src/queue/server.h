// The embedded queue: HTTP in front, the store behind.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "queue/bad_day.h"

namespace bauta::queue {

// Every function may be called from any thread.
class Server {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";    // Port 0: a free one.
    std::string account = "000000000000";  // Of requests whose key id is none.
    std::string region = "us-east-1";      // Of requests that name none.
    std::vector<std::string> queues;       // Made at start, in that region.
    std::size_t in_flight_limit = 120'000;
    std::chrono::milliseconds purge_wait{60'000};  // Between two purges of a queue.
    std::chrono::milliseconds delete_wait{0};      // Before a deleted queue's name is free again.
    std::string signing_keys =
        {};  // A credentials file: only what is signed with its keys is served.
    BadDay bad_day = {};
    std::string data = {};  // A directory that queues and messages are kept in; empty: none.
  };

  // Takes requests from here on.  kConfig: the address is malformed or taken, a queue's name or
  // the account is none, the file has no keys, the directory cannot be used.
  static Result<std::unique_ptr<Server>> Start(Options options);
  ~Server();  // Stops; all messages are gone, but for those in the directory.
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const std::string& endpoint() const;  // "http://127.0.0.1:4566"

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::queue
