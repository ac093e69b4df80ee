// One queue, as a consumer calls it: the seam between SqsSource and the network.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aws/sqs_wire.h"
#include "base/result.h"

namespace bauta::aws {

template <class T>
using Done = std::function<void(Result<T>)>;

struct VisibilityChange {
  std::string receipt;
  std::chrono::seconds visibility;
};

struct ReceiveOptions {
  int max = 10;
  std::chrono::seconds wait{20};
  std::optional<std::chrono::seconds> visibility;  // Else the queue's own.
  // Asked for besides SentTimestamp and ApproximateReceiveCount.
  std::vector<std::string> system_attributes;
  std::string attempt_id;  // ReceiveRequestAttemptId, for FIFO queues; empty: none.
};

// Every function may be called from any thread and returns at once.  What it is given to call runs
// on one thread, one at a time, never inside the call itself.  Each call is one attempt, its Error
// as SqsClient has it.  Destroying it drops what has not been called yet.
class SqsQueue {
 public:
  virtual ~SqsQueue() = default;
  virtual void Receive(ReceiveOptions options, Done<std::vector<Received>> done) = 0;
  // Up to 10 each; the result holds the entries that were refused.
  virtual void Delete(std::vector<std::string> receipts, Done<std::vector<Refused>> done) = 0;
  virtual void ChangeVisibility(std::vector<VisibilityChange> changes,
                                Done<std::vector<Refused>> done) = 0;
  virtual void GetAttributes(Done<AttributeMap> done) = 0;
  virtual void After(std::chrono::milliseconds delay, std::function<void()> fn) = 0;
};

}  // namespace bauta::aws
