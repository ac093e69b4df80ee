// The two protocols of SQS: from a request as HTTP has it to the text of an answer.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "queue/answer.h"
#include "queue/calls.h"
#include "queue/store.h"

namespace bauta::queue {

// Every function may be called from any thread.  `store` must outlive this.
class Api {
 public:
  explicit Api(Store& store) : store_(store), calls_(store) {}

  // A request; the views are not kept.
  struct Incoming {
    std::string_view operation = {};     // X-Amz-Target: "AmazonSQS.SendMessage".
    std::string_view content_type = {};  // Content-Type
    std::string_view target = {};        // Path and query.
    std::string_view accept = {};        // Accept
    std::string_view body = {};
    // Else it is in the query protocol.
    bool IsJson() const {
      return !operation.empty() || content_type.starts_with("application/x-amz-json");
    }
    // The query protocol, but its answer in JSON.
    bool WantsJson() const { return accept.starts_with("application/json"); }
  };
  struct Answer {
    int status = 200;
    std::string_view type = {};    // Content-Type
    std::string body = {};         // JSON or XML.
    std::string query_error = {};  // For x-amzn-query-error; empty: none.
    std::string request_id = {};   // For x-amzn-RequestId
  };
  using Reply = std::function<void(Answer)>;

  // `reply` is called once, now or, for a ReceiveMessage that waits, later as Store::Receive has
  // it; not before what was done is durable, if the store keeps anything: ServiceUnavailable if it
  // cannot.
  void Handle(const Incoming& incoming, const Origin& origin, const Reply& reply);
  // LocalStack's developer endpoint: what is in a queue, without receiving it.
  //   /_aws/sqs/messages?QueueUrl=URL           /_aws/sqs/messages/REGION/ACCOUNT/NAME
  // What is in flight and delayed too, with ShowInvisible=true and ShowDelayed=true.  A client of
  // SQS may take it for its endpoint: its ReceiveMessage lists, nothing else is allowed.
  static bool IsListing(std::string_view target);
  Answer List(const Incoming& incoming, const Origin& origin);
  static Answer Refusal(const Incoming& incoming, const Failure& failure);

 private:
  static Reply OnceDurable(GroupCommit& commit, const Incoming& incoming, const Reply& reply);
  void Perform(const Incoming& incoming, const Origin& origin, const Reply& reply);
  void HandleJson(const Incoming& incoming, const Origin& origin, const Reply& reply);
  void HandleQuery(const Incoming& incoming, const Origin& origin, const Reply& reply);
  void Perform(std::string_view name, Request request, const Origin& origin,
               const std::function<void(Outcome<Answered>)>& done);

  Store& store_;
  Calls calls_;
};

}  // namespace bauta::queue
