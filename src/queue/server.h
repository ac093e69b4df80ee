// The embedded queue: HTTP in front, the store behind.
#pragma once

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
    std::string listen = "127.0.0.1:0";  // Port 0: a free one.
    std::string account = "000000000000";
    std::string region = "us-east-1";  // Of requests that name none.
    std::vector<std::string> queues;   // Made at start, in that region.
    BadDay bad_day = {};
  };

  // Takes requests from here on.  kConfig: the address is malformed or taken, a queue's name or
  // the account is none.
  static Result<std::unique_ptr<Server>> Start(Options options);
  ~Server();  // Stops; all messages are gone.
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const std::string& endpoint() const;  // "http://127.0.0.1:4566"

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::queue
