// What SQS itself moves from one queue to another: StartMessageMoveTask.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "aws/sqs_client.h"
#include "base/result.h"

namespace bauta::cli {

struct MoveEnds {
  std::string from_arn, to_arn;
};

// Starts a move of all that is there, and blocks until it has ended; a stop cancels it.  `progress`
// is called about once a second.  A start that fails, be it because its answer was lost or
// because a move runs already, is none: the one that runs is waited for.  kRetryable: it is not
// known whether SQS has started.
Result<aws::MoveTask> MoveNatively(aws::SqsClient& client, const MoveEnds& ends,
                                   const std::function<void(const aws::MoveTask&)>& progress,
                                   const std::stop_token& stop);

}  // namespace bauta::cli
