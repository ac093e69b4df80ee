#pragma once

#include <memory>
#include <string>

#include "aws/sqs_client.h"
#include "aws/sqs_queue.h"

namespace bauta::aws {

// The queue of that URL, on a client of its own.
std::unique_ptr<SqsQueue> BindQueue(std::unique_ptr<SqsClient> client, std::string queue_url);

}  // namespace bauta::aws
