// What `bauta queue send | load` make of bodies before they are sent.  Pure functions.
#pragma once

#include <string>
#include <vector>

#include "aws/sqs_client.h"
#include "base/result.h"

namespace bauta::cli {

// Of messages to a FIFO queue; nothing set for others.
struct Grouping {
  std::string group;             // The same for all; or
  std::string pointer;           // the string or number there in each body (JSON Pointer).
  std::string deduplication_id;  // Of a single message.
};

// In the order of the bodies.  On a FIFO queue (by `queue`, its name or URL) each message has an id
// of its own, unless one is given: two equal bodies are two messages.  kConfig: what is set does
// not fit the queue; kRejected: a body has no group where `pointer` looks.
Result<std::vector<aws::SendEntry>> ToEntries(const std::string& queue,
                                              std::vector<std::string> bodies,
                                              const Grouping& grouping = {});

}  // namespace bauta::cli
