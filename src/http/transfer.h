// One request and its answer on a libcurl handle, which is kept and used again.  The client's
// thread only.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/client.h"

namespace bauta::http {

class Transfer {
 public:
  explicit Transfer(const Client::Options& options);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void* easy() const { return easy_; }  // A CURL*.
  void Prepare(ClientRequest request, Client::Callback done);
  // What became of it: `code` is a CURLcode.  The handle is free again.
  Result<ClientResponse> Finish(int code);
  // Once, after Finish.
  Client::Callback TakeCallback();

 private:
  static std::size_t OnBody(const char* data, std::size_t, std::size_t n, void* user);
  static std::size_t OnHeader(const char* data, std::size_t, std::size_t n, void* user);
  void SetUrl(std::string url, bool direct);
  void SetHeaders(const std::vector<std::string>& headers);
  void SetBody(Method method, std::string body);
  Error ToError(int code) const;

  void* easy_ = nullptr;
  void* headers_ = nullptr;  // A curl_slist*.
  const std::size_t max_response_;
  bool too_long_ = false;
  std::string url_;  // What `easy_` is set to.
  bool direct_ = false;
  std::string body_;
  ClientResponse response_;
  Client::Callback done_;
};

}  // namespace bauta::http
