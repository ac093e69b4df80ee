#include "queue/failure.h"

#include <fmt/format.h>

namespace bauta::queue {
namespace {

Failure Own(std::string_view type, std::string_view code, std::string message, int status = 400) {
  return {type, code, status, std::move(message), true};
}

Failure Shared(std::string_view type, std::string_view code, std::string message) {
  return {type, code, 400, std::move(message), false};
}

}  // namespace

Failure QueueDoesNotExist() {
  return Own("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
             "The specified queue does not exist.");
}

std::string QueryMessage(const Failure& failure) {
  if (failure.type != QueueDoesNotExist().type) return failure.message;
  return "The specified queue does not exist for this wsdl version.";
}

Failure QueueNameExists(std::string_view attribute) {
  return Own("QueueNameExists", "QueueAlreadyExists",
             fmt::format("A queue already exists with the same name and a different value for "
                         "attribute {}",
                         attribute));
}

Failure QueueDeletedRecently() {
  return Own("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently",
             "You must wait 60 seconds after deleting a queue before you can create another with "
             "the same name.");
}

Failure PurgeQueueInProgress(std::string_view queue) {
  return Own("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress",
             fmt::format("Only one PurgeQueue operation on {} is allowed every 60 seconds.", queue),
             403);
}

Failure OverLimit(std::string message) {
  return Own("OverLimit", "OverLimit", std::move(message), 403);
}

Failure ReceiptHandleIsInvalid(std::string_view handle) {
  return Own("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
             fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", handle));
}

Failure InvalidAttributeName(std::string message) {
  return Own("InvalidAttributeName", "InvalidAttributeName", std::move(message));
}

Failure InvalidAttributeValue(std::string_view attribute, std::string_view reason) {
  return Own("InvalidAttributeValue", "InvalidAttributeValue",
             fmt::format("Invalid value for the parameter {}.{}{}", attribute,
                         reason.empty() ? "" : " Reason: ", reason));
}

Failure InvalidMessageContents() {
  return Own("InvalidMessageContents", "InvalidMessageContents",
             "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to "
             "#xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
}

Failure ResourceNotFound(std::string message) {
  return Own("ResourceNotFoundException", "ResourceNotFoundException", std::move(message), 404);
}

Failure UnsupportedOperation(std::string message) {
  return Own("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation",
             std::move(message));
}

Failure EmptyBatchRequest(std::string_view entry) {
  return Own("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest",
             fmt::format("There should be at least one {} in the request.", entry));
}

Failure TooManyEntries(std::size_t sent) {
  return Own("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
             fmt::format("Maximum number of entries per request are 10. You have sent {}.", sent));
}

Failure BatchEntryIdsNotDistinct(std::string_view id) {
  return Own("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
             fmt::format("Id {} repeated.", id));
}

Failure InvalidBatchEntryId() {
  return Own("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId",
             "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
             "It can be at most 80 letters long.");
}

Failure BatchRequestTooLong(std::size_t sent) {
  return Own("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong",
             fmt::format("Batch requests cannot be longer than 1048576 bytes. You have sent {} "
                         "bytes.",
                         sent));
}

Failure MissingParameter(std::string_view name) {
  return Shared("MissingRequiredParameterException", "MissingParameter",
                fmt::format("The request must contain the parameter {}.", name));
}

Failure InvalidParameterValue(std::string message) {
  return Shared("InvalidParameterValueException", "InvalidParameterValue", std::move(message));
}

Failure InvalidValue(std::string_view value, std::string_view parameter, std::string_view reason) {
  return InvalidParameterValue(
      fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, parameter, reason));
}

Failure Malformed(std::string message) {
  return Shared("SerializationException", "MalformedInput", std::move(message));
}

Failure UnknownOperation() {
  return Shared("UnknownOperationException", "InvalidAction",
                "The action or operation requested is invalid. Verify that the action is typed "
                "correctly.");
}

Failure InvalidAction(std::string_view action) {
  return Shared("InvalidAction", "InvalidAction",
                fmt::format("The action {} is not valid for this endpoint.", action));
}

Failure ValidationError(std::string message) {
  return Shared("ValidationError", "ValidationError", std::move(message));
}

Failure InvalidAddress() {
  return Own("InvalidAddress", "InvalidAddress", "The address is not valid for this endpoint.",
             404);
}

Failure NotAReceive() {
  return Shared("InvalidRequest", "InvalidRequest",
                "This endpoint only accepts ReceiveMessage calls");
}

Failure InternalFailure() {
  return {"InternalFailure", "InternalFailure", 500,
          "The request processing has failed because of an unknown error.", false};
}

Failure ServiceUnavailable() {
  return {"ServiceUnavailable", "ServiceUnavailable", 503,
          "The request has failed due to a temporary failure of the server.", false};
}

Failure RequestThrottled() {
  return Own("RequestThrottled", "RequestThrottled", "Request is throttled.", 403);
}

}  // namespace bauta::queue
