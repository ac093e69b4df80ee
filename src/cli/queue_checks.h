// What `bauta check` asks of the queue, and what it makes of the answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/environment.h"
#include "aws/sqs_wire.h"
#include "base/result.h"
#include "config/config.h"
#include "config/problem.h"

namespace bauta::cli {

struct QueueFacts {
  aws::AttributeMap attributes;
  // Of the queue's dead-letter queue; nothing where it has none.
  std::optional<Result<aws::AttributeMap>> dead_letters;
  std::vector<Error> denied;  // Calls that a run makes and that we may not make.
  // Where the queue's URL says that it is, and where the settings say that we are; may be empty.
  std::string queue_region, our_region;
};

// Takes no message and changes nothing.  Blocks.  Error: the queue is not there or not ours to look
// at; what the other calls answer is in the facts.
Result<QueueFacts> AskQueue(const config::Config& config, const aws::Environment& environment);

struct QueueFinding {
  std::string_view code;
  config::Severity severity = config::Severity::kWarning;
  std::string message, hint;
};

// Pure.
std::vector<QueueFinding> JudgeQueue(const config::Config& config, const QueueFacts& facts);

// The URL of the dead-letter queue that the attributes name, which SQS wants in the same account
// and region as the queue at `queue_url`; empty if they name none.
std::string DeadLetterUrl(const std::string& queue_url, const aws::AttributeMap& attributes);

}  // namespace bauta::cli
