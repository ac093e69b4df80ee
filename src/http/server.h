// An HTTP/1.1 server whose handler may answer at once or later: keep-alive, pipelining,
// Expect: 100-continue, limits on sizes and times.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace bauta::http {

// Every function may be called from any thread.
class Server {
 public:
  // A whole request.  Belongs to the handler; the views live as long as it.
  class Request {
   public:
    struct Impl;
    explicit Request(std::unique_ptr<Impl> impl);
    Request(Request&&) noexcept;
    Request& operator=(Request&&) noexcept;
    ~Request();

    std::string_view method() const;
    std::string_view target() const;  // Path and query as sent.
    std::string_view body() const;
    // The first header of that name, in any case; empty if there is none.
    std::string_view Header(std::string_view name) const;

   private:
    std::unique_ptr<Impl> impl_;
  };

  struct Response {
    int status = 200;
    std::string content_type = "text/plain";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
  };

  // Where the answer to one request goes.  Copies share it; when the last one dies unused, the
  // client gets a 500.
  class Responder {
   public:
    struct Exchange;
    explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
    // Only the first call counts; a client that is gone gets nothing.
    void Send(Response response) const;
    // Instead of an answer, the connection is reset: for servers that misbehave on purpose.
    void Reset() const;
    // True if the client has hung up, so that nobody would read an answer.
    bool Gone() const;

   private:
    std::shared_ptr<Exchange> exchange_;
  };

  // Called on the server's thread, which serves nobody else until it returns.
  using Handler = std::function<void(Request, Responder)>;

  struct Options {
    std::string address = "127.0.0.1:0";  // Port 0: a free one.
    std::size_t max_body = 16u << 20;
    std::size_t max_header = 64u << 10;
    std::size_t max_connections = 10'000;
    std::chrono::milliseconds idle_timeout{120'000};    // Between requests.
    std::chrono::milliseconds request_timeout{60'000};  // From first to last byte.
    std::chrono::milliseconds write_timeout{60'000};    // Without progress.
  };

  // Listens from here on.  kConfig: the address is malformed or taken.
  static Result<std::unique_ptr<Server>> Start(Options options, Handler handler);
  // Drops all connections; no handler runs any more afterwards.  Responders stay safe to use.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string host() const;  // The address listened on.
  std::uint16_t port() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::http
