// What a call of SQS answers when it cannot do what it was asked: the error of the wire.
//
//   Outcome<Url> Find(...);
//   const Url url = OR_FAIL(Find(...));   // or return its Failure
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.h"

namespace bauta::queue {

struct Failure {
  std::string_view type;  // The JSON protocol's name: "QueueDoesNotExist".
  std::string_view code;  // The query protocol's: "AWS.SimpleQueueService.NonExistentQueue".
  int status = 400;
  std::string message;
  bool modelled = true;  // One of SQS's own errors, not one that all AWS services share.
};

template <class T = Unit>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::move(value)) {}            // NOLINT(google-explicit-constructor)
  Outcome(Failure failure) : state_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  const Failure& failure() const { return std::get<Failure>(state_); }
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }

 private:
  std::variant<T, Failure> state_;
};

// TRY for Outcomes.
#define OR_FAIL(expr)                                                                     \
  __extension__({                                                                         \
    auto or_fail_outcome = (expr);                                                        \
    if (!or_fail_outcome.ok()) return ::bauta::queue::Failure(or_fail_outcome.failure()); \
    std::move(or_fail_outcome).value();                                                   \
  })

// As the query protocol words it.
std::string QueryMessage(const Failure& failure);

Failure QueueDoesNotExist();
Failure QueueNameExists(std::string_view attribute);
Failure QueueDeletedRecently();
Failure PurgeQueueInProgress(std::string_view queue);
Failure OverLimit(std::string message = "Too many messages are in flight in this queue.");
Failure ReceiptHandleIsInvalid(std::string_view handle);
Failure InvalidAttributeName(std::string message);
Failure InvalidAttributeValue(std::string_view attribute, std::string_view reason = {});
Failure InvalidMessageContents();
Failure ResourceNotFound(std::string message);
Failure UnsupportedOperation(std::string message);
Failure EmptyBatchRequest(std::string_view entry);  // "SendMessageBatchRequestEntry"
Failure TooManyEntries(std::size_t sent);
Failure BatchEntryIdsNotDistinct(std::string_view id);
Failure InvalidBatchEntryId();
Failure BatchRequestTooLong(std::size_t sent);
Failure MissingParameter(std::string_view name);
Failure InvalidParameterValue(std::string message);
// "Value V for parameter P is invalid. Reason: R"
Failure InvalidValue(std::string_view value, std::string_view parameter, std::string_view reason);
Failure Malformed(std::string message);  // The body is not what the protocol calls for.
Failure UnknownOperation();
Failure InvalidAction(std::string_view action);  // The query protocol's word for it.
Failure ValidationError(std::string message);    // STS's.
Failure InvalidAddress();                        // Not the URL of a queue.
Failure NotAReceive();  // At the endpoint that lists messages, and nothing else.
Failure InternalFailure();
Failure ServiceUnavailable();
Failure RequestThrottled();

}  // namespace bauta::queue
