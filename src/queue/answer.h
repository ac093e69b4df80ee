// What a call of SQS answers, before a protocol writes it down.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "queue/calls.h"

namespace bauta::queue {

struct QueueUrl {
  std::string url;
};
struct DeadLetterSources {
  QueuePage page;
};
struct QueueTags {
  Attributes tags;
};
struct TaskHandle {
  std::string handle;
};
struct Moved {
  std::uint64_t messages = 0;
};
// Messages with the attributes that the two lists of names ask for.
struct Messages {
  std::vector<Received> messages;
  std::vector<std::string> system_names, attribute_names;
  std::string sender;  // Account.
};

using Answered = std::variant<Unit, QueueUrl, QueuePage, DeadLetterSources, Attributes, QueueTags,
                              SentMessage, Batch<SentMessage>, Batch<Unit>, Messages, TaskHandle,
                              std::vector<MoveTask>, Moved>;

}  // namespace bauta::queue
