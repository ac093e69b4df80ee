// The JSON protocol of SQS: from the text of a request to the text of an answer.  Another protocol
// would stand beside it, on the same Calls.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "queue/calls.h"
#include "queue/store.h"

namespace bauta::queue {

// Every function may be called from any thread.  `store` must outlive this.
class Api {
 public:
  explicit Api(Store& store) : store_(store), calls_(store) {}

  struct Answer {
    int status = 200;
    std::string body;         // JSON
    std::string query_error;  // For x-amzn-query-error; empty: none.
  };
  using Reply = std::function<void(Answer)>;
  static Answer Refusal(const Failure& failure);

  // `target` is the header X-Amz-Target: "AmazonSQS.SendMessage".  `reply` is called once, now or,
  // for a ReceiveMessage that waits, later as Store::Receive has it.
  void Handle(std::string_view target, std::string_view body, const Origin& origin,
              const Reply& reply);

 private:
  void Receive(const Request& request, const Origin& origin, const Reply& reply);

  Store& store_;
  Calls calls_;
};

}  // namespace bauta::queue
