// SQS, signed, on an http::Client of its own: by its JSON protocol, or, once the server has shown
// that it knows no other, by the query protocol (Wire).
#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "aws/endpoint.h"
#include "aws/environment.h"
#include "aws/sqs_queue.h"
#include "base/result.h"

namespace bauta::aws {

class SqsConnection;

struct SendEntry {
  std::string body;
  std::vector<MessageAttribute> attributes = {};
  std::string group = {}, deduplication_id = {};  // Of FIFO queues.
};

// Every function may be called from any thread; callbacks run on the client's own thread and must
// not block.  Every request goes to the endpoint; a QueueUrl only travels in the body, so a host
// inside it that cannot be reached does no harm.
//
// kRetryable: network, 5xx, throttling.  kConfig: the queue is not there (the message names queue,
// region and endpoint), no permission, a signature that is not believed, not an SQS endpoint.
// kRejected: this request will never do.  Once a call has been answered, what is not SQS's own word
// (a certificate, a page, a redirect, credentials that could not be renewed) is kRetryable for five
// minutes, before it is what it is at the start.  Where an answer may quote what we sent, only its
// code is passed on.
class SqsClient {
 public:
  // kConfig as ResolveEndpoint and FindProvider have it.  Asks for credentials, which may block for
  // seconds (errors as CredentialsKeeper has them), and sends SQS nothing.
  static Result<std::unique_ptr<SqsClient>> Open(const Wishes& wishes,
                                                 const Environment& environment);
  ~SqsClient();  // Callbacks that are outstanding are dropped uncalled.

  const Endpoint& endpoint() const;
  // Where its credentials come from, for people.
  const std::string& credentials_source() const;

  void CreateQueue(const std::string& name, const AttributeMap& attributes, Done<std::string> done);
  // These four try three times.
  void GetQueueUrl(const std::string& name, Done<std::string> done);
  void GetQueueAttributes(const std::string& queue_url, Done<AttributeMap> done);
  void PurgeQueue(const std::string& queue_url, Done<Unit> done);
  // One attempt; the result holds the entries that were refused.
  void SendMessageBatch(const std::string& queue_url, const std::vector<SendEntry>& entries,
                        Done<std::vector<Refused>> done);
  void ReceiveMessage(const std::string& queue_url, const ReceiveOptions& options,
                      Done<std::vector<Received>> done);
  void DeleteMessageBatch(const std::string& queue_url, const std::vector<std::string>& receipts,
                          Done<std::vector<Refused>> done);
  void ChangeMessageVisibilityBatch(const std::string& queue_url,
                                    const std::vector<VisibilityChange>& changes,
                                    Done<std::vector<Refused>> done);
  // By the ARNs of the dead-letter queue and of where to; the task's handle.  One attempt: after a
  // second, two could run.  The other two try three times.
  void StartMoveTask(const std::string& from_arn, const std::string& to_arn,
                     Done<std::string> done);
  void ListMoveTasks(const std::string& from_arn, Done<std::vector<MoveTask>> done);
  void CancelMoveTask(const std::string& handle, Done<Unit> done);
  void After(std::chrono::milliseconds delay, std::function<void()> fn);

  // A name is looked up; a URL is taken as it is.  Blocks; not from a callback.
  Result<std::string> FindQueue(const std::string& name_or_url);

 private:
  explicit SqsClient(std::unique_ptr<SqsConnection> connection);
  std::unique_ptr<SqsConnection> connection_;
};

// Waits for a call:
//   Result<std::string> url = Await<std::string>([&](auto done) { client.GetQueueUrl(n, done); });
// Not from a callback.
template <class T, class Call>
Result<T> Await(Call call) {
  auto promise = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> future = promise->get_future();
  call(Done<T>([promise](Result<T> result) { promise->set_value(std::move(result)); }));
  return future.get();
}

}  // namespace bauta::aws
