// Sends many bodies to one queue, many batches in flight.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aws/sqs_client.h"
#include "base/result.h"

namespace bauta::cli {

// Load once; the counters may be read from any thread meanwhile.
class QueueLoader {
 public:
  // `client` outlives it.  Every message has the attributes.
  QueueLoader(aws::SqsClient& client, std::string queue_url,
              std::vector<aws::MessageAttribute> attributes = {});

  // Blocks until every body was taken or refused for good.  What is retryable is tried again, for
  // about a minute; an Error means that it gave up, and sent() went in nevertheless.
  Result<> Load(std::vector<std::string> bodies);

  std::uint64_t sent() const;
  std::uint64_t failed() const;
  // The code of the last body that was refused for good.
  std::string last_refusal() const;

 private:
  using Indexes = std::vector<std::size_t>;

  void SendMore();
  Indexes NextBatch();
  void Send(Indexes batch, int attempt);
  void OnSent(const Indexes& batch, int attempt, Result<std::vector<aws::Refused>> result);
  void SendAgain(Indexes batch, int attempt);

  aws::SqsClient& client_;
  const std::string queue_url_;
  const std::vector<aws::MessageAttribute> attributes_;
  std::vector<std::string> bodies_;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable done_;
  std::size_t next_ = 0;
  int in_flight_ = 0;
  std::uint64_t sent_ = 0, failed_ = 0;
  std::string last_refusal_;
  std::optional<Error> broken_;
};

}  // namespace bauta::cli
