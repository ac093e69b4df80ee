// Sends many messages to one queue, many batches in flight.
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
  enum class Order { kAny, kKept };  // kKept: one batch after the other, as FIFO queues need.
  // `client` outlives it.
  QueueLoader(aws::SqsClient& client, std::string queue_url, Order order = Order::kAny);

  // Blocks until every message was taken or refused for good.  What is retryable is tried again,
  // for about a minute; an Error means that it gave up, and sent() went in nevertheless.
  Result<> Load(std::vector<aws::SendEntry> messages);

  std::uint64_t sent() const;
  std::uint64_t failed() const;
  // The code of the last message that was refused for good.
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
  const int most_in_flight_;
  std::vector<aws::SendEntry> messages_;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable done_;
  std::size_t next_ = 0;
  int in_flight_ = 0;
  std::uint64_t sent_ = 0, failed_ = 0;
  std::string last_refusal_;
  std::optional<Error> broken_;
};

}  // namespace bauta::cli
