// What reading answers is made of in both protocols.  Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aws/sqs_wire.h"

namespace bauta::aws {

Error NotAnAnswer(std::string_view to);

// A number that is not negative; anything else is `otherwise`.
std::int64_t CountOr(std::string_view text, std::int64_t otherwise);
int ReceiveCount(std::int64_t n);

// Codes go to logs: letters, digits and dots only, and not for ever.
std::string TameCode(std::string_view code);
// "AWS.SimpleQueueService.NonExistentQueue" -> "NonExistentQueue".
std::string QueryCode(std::string_view code);

// One that is neither SentTimestamp nor ApproximateReceiveCount.
void AddSystemAttribute(std::string_view name, std::string_view value, Received& message);

// Gathers what the answer to a batch says of its entries.
class BatchAnswer {
 public:
  explicit BatchAnswer(std::size_t entries) : named_(entries, false) {}
  // Ids that are not ours, and what is said of an entry a second time, do not count.
  void Done(std::string_view id) { Name(id); }
  void Refuse(std::string_view id, std::string_view code, bool sender_fault);
  // Those that were refused, and those of which nothing was said.
  std::vector<Refused> Take() &&;

 private:
  bool Name(std::string_view id);

  std::vector<bool> named_;
  std::vector<Refused> refused_;
  std::size_t entry_ = 0;  // The one that Name found.
};

}  // namespace bauta::aws
