#include "aws/outside.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "aws/profile.h"

namespace bauta::aws {

Outside::Outside(Environment environment, const Clock& clock)
    : environment_(std::move(environment)), clock_(clock) {}

Outside::~Outside() = default;

Result<http::ClientResponse> Outside::Send(http::ClientRequest request) {
  struct Answer {
    std::mutex mutex;  // Guards the result.
    std::condition_variable_any came;
    std::optional<Result<http::ClientResponse>> result;
  };
  if (!http_) {
    http::Client::Options options;
    options.max_response = 1u << 20;
    options.ca_file = CaFile(environment_, LoadProfile(environment_));
    http_ = std::make_unique<http::Client>(TRY(http::Client::Open(std::move(options))));
  }
  request.headers.emplace_back("User-Agent: bauta/" BAUTA_VERSION);
  const auto answer = std::make_shared<Answer>();
  http_->Send(std::move(request), [answer](Result<http::ClientResponse> result) {
    const std::lock_guard lock(answer->mutex);
    answer->result = std::move(result);
    answer->came.notify_all();
  });
  std::unique_lock lock(answer->mutex);
  answer->came.wait(lock, stop_token(), [&] { return answer->result.has_value(); });
  if (!answer->result) return Retryable("stopping");
  return std::move(*answer->result);
}

}  // namespace bauta::aws
