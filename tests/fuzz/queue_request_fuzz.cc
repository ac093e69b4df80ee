// Requests to the embedded queue: the first byte picks the call, the rest is the body.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "queue/api.h"
#include "queue/store.h"

namespace {

constexpr std::string_view kQuery;  // No target: the query protocol, its call in the body.
constexpr std::array<std::string_view, 25> kTargets = {"AmazonSQS.CreateQueue",
                                                       "AmazonSQS.GetQueueUrl",
                                                       "AmazonSQS.ListQueues",
                                                       "AmazonSQS.ListDeadLetterSourceQueues",
                                                       "AmazonSQS.DeleteQueue",
                                                       "AmazonSQS.PurgeQueue",
                                                       "AmazonSQS.GetQueueAttributes",
                                                       "AmazonSQS.SetQueueAttributes",
                                                       "AmazonSQS.TagQueue",
                                                       "AmazonSQS.UntagQueue",
                                                       "AmazonSQS.ListQueueTags",
                                                       "AmazonSQS.SendMessage",
                                                       "AmazonSQS.SendMessageBatch",
                                                       "AmazonSQS.ReceiveMessage",
                                                       "AmazonSQS.DeleteMessage",
                                                       "AmazonSQS.DeleteMessageBatch",
                                                       "AmazonSQS.ChangeMessageVisibility",
                                                       "AmazonSQS.ChangeMessageVisibilityBatch",
                                                       "AmazonSQS.AddPermission",
                                                       "AmazonSQS.RemovePermission",
                                                       "AmazonSQS.StartMessageMoveTask",
                                                       "AmazonSQS.ListMessageMoveTasks",
                                                       "AmazonSQS.CancelMessageMoveTask",
                                                       "AmazonSQS.Unknown",
                                                       kQuery};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  bauta::queue::Store store({});
  bauta::queue::Api api(store);
  const bauta::queue::Origin origin{.account = "000000000000",
                                    .region = "us-east-1",
                                    .base_url = "http://localhost",
                                    .path = "/"};
  if (!store.Create({"000000000000", "us-east-1", "q"}, {}, {}).ok()) __builtin_trap();
  const std::string body(data + 1, data + size);
  const std::string_view target = kTargets[data[0] % kTargets.size()];
  const bool json = target != kQuery;
  bauta::queue::Api::Incoming incoming;
  if (json) incoming.operation = target;
  incoming.target = "/";
  incoming.body = body;
  // Twice: the second call meets what the first one left.
  std::array<int, 2> counts{};
  for (int& answers : counts) {
    api.Handle(incoming, origin, [&](const bauta::queue::Api::Answer& answer) {
      ++answers;
      if (json && answer.status != 200 && answer.query_error.empty()) __builtin_trap();
      if (answer.body.empty() || answer.body.front() != (json ? '{' : '<')) __builtin_trap();
    });
    if (answers > 1) __builtin_trap();
  }
  return 0;
}
