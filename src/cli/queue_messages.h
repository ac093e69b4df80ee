// Receives from a queue and prints: `bauta queue receive` and `peek`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

#include "aws/sqs_client.h"
#include "base/result.h"

namespace bauta::cli {

struct ShowOptions {
  enum class Then { kNothing, kDelete, kGiveBack };
  std::size_t max = 10;          // Messages, each once.
  std::chrono::seconds wait{1};  // For the first.
  Then then = Then::kNothing;
};

// One JSON object a line.  A message is deleted only once `to` has taken it, and one that came
// damaged is neither printed nor deleted.  kFatal: `to` takes no more, or SQS refused some of what
// was to be deleted or given back.
Result<> ShowMessages(aws::SqsClient& client, const std::string& queue_url,
                      const ShowOptions& options, std::FILE* to);

}  // namespace bauta::cli
