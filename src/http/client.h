// An asynchronous HTTP/1.1 client: many requests in flight on one thread of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace bauta::http {

enum class Method { kPost, kGet, kPut };

struct ClientRequest {
  Method method = Method::kPost;
  std::string url;                            // http or https; nothing else is followed.
  std::vector<std::string> headers;           // "Name: value".
  std::string body;                           // Not of a GET.
  std::chrono::milliseconds timeout{30'000};  // From Send to the last byte, connecting included.
  bool direct = false;                        // By no proxy, whatever the environment says.
};

struct ClientResponse {
  long status = 0;
  std::string body;
  // Empty if the server sent none.
  std::string date, amzn_query_error, retry_after, location;
};

// A Date header: "Sat, 21 Nov 2026 07:00:00 GMT".  Nothing if it is none.
std::optional<std::chrono::sys_seconds> ParseDate(const std::string& date);

// HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY of the environment count, in lower case first; no
// proxy is asked for loopback.
//
// Every function may be called from any thread.  Callbacks and posted functions run on the client's
// own thread, one at a time, and must not block.  Redirects are not followed: they are responses
// like any other.
class Client {
 public:
  struct Options {
    std::chrono::milliseconds connect_timeout{5'000};  // With TLS.
    std::chrono::seconds dns_cache{10};
    std::chrono::seconds connection_life{300};  // Older ones are not used again.
    std::size_t max_response = 64ull << 20;     // Bytes.
    std::string ca_file;                        // PEM; empty: the system's.
  };
  using Callback = std::function<void(Result<ClientResponse>)>;

  // kConfig: this process may open no more files.
  static Result<Client> Open(Options options);
  // Waits for the callback that is running; those that are outstanding are dropped uncalled.
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) = delete;

  // Any status is a response.  kRetryable: no answer (refused, reset, timed out (kTimeout), name
  // unknown), or one that is too long; kConfig: the server's certificate does not hold, or the URL
  // is none.  Messages name the host, never the query, a header or a body.
  void Send(ClientRequest request, Callback done);
  void Post(std::function<void()> fn);
  void After(std::chrono::milliseconds delay, std::function<void()> fn);

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::http
