// What a caller asked, whatever the protocol it came in: the parameters of all calls in one
// struct, each absent unless given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/failure.h"
#include "queue/message.h"
#include "queue/settings.h"

namespace bauta::queue {

// What a call on one message and an entry of a batch have in common.
struct Entry {
  std::optional<std::string> id, body, handle, group_id, deduplication_id;
  std::optional<std::int64_t> delay, visibility;
  MessageAttributes attributes, system_attributes;
};

struct Request : Entry {
  std::optional<std::string> queue_url, queue_name, owner, prefix, next_token, attempt, label,
      source_arn, destination_arn, task_handle;
  std::optional<std::int64_t> max_messages, wait, max_results, per_second;
  std::optional<Attributes> queue_attributes, tags;
  // Names asked for; `system_names` unites the two parameters that SQS has for them.
  std::vector<std::string> system_names, message_attribute_names, tag_keys, accounts, actions;
  std::vector<Entry> entries;
};

// The query protocol's: a form such as "Action=SendMessage&MessageBody=x", in the URL's query, the
// body, or both.  Malformed if a number is none, or something is no UTF-8.
struct QueryRequest {
  std::string action;  // Empty: none.
  Request request;
  std::string role_arn = {};  // Of STS's AssumeRole.
};
Outcome<QueryRequest> ParseQueryRequest(std::string_view query, std::string_view form);

// The JSON protocol's body; empty is as good as {}.  Malformed if it is no object, or a known
// parameter is of a wrong type.  What is unknown is passed over.
Outcome<Request> ParseJsonRequest(std::string_view body);

}  // namespace bauta::queue
