// The calls of SQS: checks what was asked, has the Store do it.  Knows no protocol.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/failure.h"
#include "queue/request.h"
#include "queue/store.h"

namespace bauta::queue {

// Where a request came from, as far as it matters.
struct Origin {
  std::string account, region;
  std::string base_url;                               // Of queues, before "/ACCOUNT/NAME".
  std::string path;                                   // Of the request.
  std::string trace = {};                             // X-Amzn-Trace-Id, if any.
  std::function<bool()> gone = [] { return false; };  // The client has hung up.
};

struct SentMessage {
  std::string id, body_md5, attributes_md5, system_attributes_md5, sequence;  // Empty: none.
};

template <class T>
struct BatchEntry {
  std::string id;
  Outcome<T> outcome;
};
template <class T>
using Batch = std::vector<BatchEntry<T>>;

struct QueuePage {
  std::vector<std::string> urls;
  std::string next_token;  // Empty: the last page.
};

// Every function may be called from any thread.  `store` must outlive this.
class Calls {
 public:
  explicit Calls(Store& store) : store_(store) {}

  // The queue that QueueUrl, or else the path of the request, ends with.  What the URL says of
  // account and region counts, else the origin's does.
  Outcome<QueueName> QueueOf(const Request& request, const Origin& origin) const;

  Outcome<std::string> CreateQueue(const Request& request, const Origin& origin);  // Its URL.
  Outcome<std::string> GetQueueUrl(const Request& request, const Origin& origin);
  Outcome<QueuePage> ListQueues(const Request& request, const Origin& origin);
  Outcome<QueuePage> ListDeadLetterSourceQueues(const Request& request, const Origin& origin);
  Outcome<> DeleteQueue(const Request& request, const Origin& origin);
  Outcome<> PurgeQueue(const Request& request, const Origin& origin);
  Outcome<Attributes> GetQueueAttributes(const Request& request, const Origin& origin);
  Outcome<> SetQueueAttributes(const Request& request, const Origin& origin);
  Outcome<> TagQueue(const Request& request, const Origin& origin);
  Outcome<> UntagQueue(const Request& request, const Origin& origin);
  Outcome<> AddPermission(const Request& request, const Origin& origin);
  Outcome<> RemovePermission(const Request& request, const Origin& origin);
  Outcome<std::string> StartMessageMoveTask(const Request& request);  // Its handle.
  Outcome<std::vector<MoveTask>> ListMessageMoveTasks(const Request& request);
  Outcome<std::uint64_t> CancelMessageMoveTask(const Request& request);
  Outcome<Attributes> ListQueueTags(const Request& request, const Origin& origin);

  Outcome<SentMessage> SendMessage(Request request, const Origin& origin);
  Outcome<Batch<SentMessage>> SendMessageBatch(Request request, const Origin& origin);
  // `deliver` as Store::Receive has it.
  void ReceiveMessage(const Request& request, const Origin& origin, Store::Deliver deliver);
  Outcome<> DeleteMessage(const Request& request, const Origin& origin);
  Outcome<Batch<Unit>> DeleteMessageBatch(const Request& request, const Origin& origin);
  Outcome<> ChangeMessageVisibility(const Request& request, const Origin& origin);
  Outcome<Batch<Unit>> ChangeMessageVisibilityBatch(const Request& request, const Origin& origin);

 private:
  Store& store_;
};

// The attributes of a received message that `names` (AttributeNames) asks for.
Attributes SystemAttributes(const Received& message, const std::vector<std::string>& names,
                            const std::string& sender);
// Those that `names` (MessageAttributeNames) asks for: names, "prefix.*", ".*", "All".
MessageAttributes Filter(const MessageAttributes& all, const std::vector<std::string>& names);

}  // namespace bauta::queue
