// The two queues of a redrive, as it calls them.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/sqs_client.h"
#include "base/result.h"

namespace bauta::cli {

// Each call blocks, tries again by itself what may succeed later, and may be made from any thread.
// Up to ten entries each; the result holds those that were refused.  kRejected: the call as a whole
// is refused, because of what is in it.
class RedriveEnds {
 public:
  using Refusals = std::vector<aws::Refused>;

  virtual ~RedriveEnds() = default;
  // From the dead-letter queue; nothing if there is nothing to be had.
  virtual Result<std::vector<aws::Received>> Receive(int most) = 0;
  virtual Result<Refusals> Send(const std::vector<aws::SendEntry>& entries) = 0;
  virtual Result<Refusals> Delete(const std::vector<std::string>& receipts) = 0;
  // To whoever looks next.
  virtual void GiveBack(const std::vector<std::string>& receipts) = 0;
  // Before the next try of what was refused for now.
  virtual void Rest(int attempt) = 0;
};

// By `client`, which outlives it; `stop` ends waiting for a server that is away.
std::unique_ptr<RedriveEnds> BindRedriveEnds(aws::SqsClient& client, std::string from_url,
                                             std::string to_url, std::stop_token stop);

}  // namespace bauta::cli
