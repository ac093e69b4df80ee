#include <simdjson.h>

#include <array>

#include "base/text.h"
#include "queue/request.h"

namespace bauta::queue {
namespace {

namespace dom = simdjson::dom;

Failure WrongType() { return Malformed("A parameter has a value of the wrong type."); }

Outcome<> Read(dom::element value, std::optional<std::string>& to) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return WrongType();
  to.emplace(text);
  return Unit{};
}

Outcome<> Read(dom::element value, std::string& to) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return WrongType();
  to = text;
  return Unit{};
}

Outcome<> Read(dom::element value, std::optional<std::int64_t>& to) {
  std::int64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS) return WrongType();
  to = number;
  return Unit{};
}

Outcome<> Read(dom::element value, std::vector<std::string>& to) {
  dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return WrongType();
  for (const dom::element item : list) OR_FAIL(Read(item, to.emplace_back()));
  return Unit{};
}

Outcome<> Read(dom::element value, std::optional<Attributes>& to) {
  dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return WrongType();
  to.emplace();
  for (const auto& [key, item] : object) OR_FAIL(Read(item, (*to)[std::string(key)]));
  return Unit{};
}

Outcome<> Read(dom::element value, MessageAttribute& to) {
  dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return WrongType();
  for (const auto& [key, item] : object) {
    if (item.is_null()) continue;
    if (key == "DataType") OR_FAIL(Read(item, to.type));
    if (key == "StringValue") OR_FAIL(Read(item, to.value));
    if (key != "BinaryValue") continue;
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) return WrongType();
    const std::optional<std::string> bytes = Base64Decode(text);
    if (!bytes) return Malformed("A BinaryValue is no base64.");
    to.value = *bytes;
  }
  return Unit{};
}

Outcome<> Read(dom::element value, MessageAttributes& to) {
  dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return WrongType();
  for (const auto& [key, item] : object) OR_FAIL(Read(item, to[std::string(key)]));
  return Unit{};
}

// Other keys are nothing to us.
Outcome<> ReadEntryField(std::string_view key, dom::element value, Entry& to) {
  if (key == "MessageBody") return Read(value, to.body);
  if (key == "ReceiptHandle") return Read(value, to.handle);
  if (key == "Id") return Read(value, to.id);
  if (key == "VisibilityTimeout") return Read(value, to.visibility);
  if (key == "DelaySeconds") return Read(value, to.delay);
  if (key == "MessageAttributes") return Read(value, to.attributes);
  if (key == "MessageSystemAttributes") return Read(value, to.system_attributes);
  if (key == "MessageGroupId") return Read(value, to.group_id);
  if (key == "MessageDeduplicationId") return Read(value, to.deduplication_id);
  return Unit{};
}

Outcome<> ReadEntries(dom::element value, std::vector<Entry>& to) {
  dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return WrongType();
  for (const dom::element item : list) {
    dom::object object;
    if (item.get(object) != simdjson::SUCCESS) return WrongType();
    Entry& entry = to.emplace_back();
    for (const auto& [key, field] : object) {
      if (!field.is_null()) OR_FAIL(ReadEntryField(key, field, entry));
    }
  }
  return Unit{};
}

Outcome<> ReadField(std::string_view key, dom::element value, Request& to) {
  if (key == "QueueUrl") return Read(value, to.queue_url);
  if (key == "Entries") return ReadEntries(value, to.entries);
  if (key == "MaxNumberOfMessages") return Read(value, to.max_messages);
  if (key == "WaitTimeSeconds") return Read(value, to.wait);
  if (key == "AttributeNames" || key == "MessageSystemAttributeNames") {
    return Read(value, to.system_names);
  }
  if (key == "MessageAttributeNames") return Read(value, to.message_attribute_names);
  if (key == "ReceiveRequestAttemptId") return Read(value, to.attempt);
  if (key == "QueueName") return Read(value, to.queue_name);
  if (key == "QueueOwnerAWSAccountId") return Read(value, to.owner);
  if (key == "QueueNamePrefix") return Read(value, to.prefix);
  if (key == "NextToken") return Read(value, to.next_token);
  if (key == "MaxResults") return Read(value, to.max_results);
  if (key == "Attributes") return Read(value, to.queue_attributes);
  if (key == "tags" || key == "Tags") return Read(value, to.tags);
  if (key == "TagKeys") return Read(value, to.tag_keys);
  if (key == "SourceArn") return Read(value, to.source_arn);
  if (key == "DestinationArn") return Read(value, to.destination_arn);
  if (key == "MaxNumberOfMessagesPerSecond") return Read(value, to.per_second);
  if (key == "TaskHandle") return Read(value, to.task_handle);
  if (key == "Label") return Read(value, to.label);
  if (key == "AWSAccountIds") return Read(value, to.accounts);
  if (key == "Actions") return Read(value, to.actions);
  return ReadEntryField(key, value, to);
}

}  // namespace

Outcome<Request> ParseJsonRequest(std::string_view body) {
  Request request;
  if (TrimAscii(body).empty()) return request;
  thread_local dom::parser parser;
  dom::object object;
  if (parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) {
    return Malformed("The request body is not a JSON object.");
  }
  for (const auto& [key, value] : object) {
    if (!value.is_null()) OR_FAIL(ReadField(key, value, request));
  }
  return request;
}

}  // namespace bauta::queue
