#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"
#include "queue/request.h"

namespace bauta::queue {
namespace {

constexpr std::size_t kMaxDepth = 8;

std::string Decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() &&
               std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Numbers by their value, after them names.
struct NumbersInOrder {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    if (IsNumber(a) != IsNumber(b)) return IsNumber(a);
    if (IsNumber(a) && a.size() != b.size()) return a.size() < b.size();
    return a < b;
  }
  static bool IsNumber(std::string_view s) {
    return !s.empty() &&
           std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  }
};

// "A.1.B=x" is x at B in 1 in A.
struct Node {
  std::string value;
  std::map<std::string, Node, NumbersInOrder> children;

  const Node* Find(std::string_view name) const {
    const auto found = children.find(name);
    return found == children.end() ? nullptr : &found->second;
  }
  std::string Text(std::string_view name) const {
    const Node* node = Find(name);
    return node == nullptr ? std::string() : node->value;
  }
};

Outcome<> Insert(Node& root, std::string_view key, std::string value) {
  Node* node = &root;
  for (std::size_t depth = 0;; ++depth) {
    if (depth == kMaxDepth) return Malformed("A parameter's name has too many parts.");
    const std::size_t dot = key.find('.');
    node = &node->children[std::string(key.substr(0, dot))];
    if (dot == std::string_view::npos) break;
    key.remove_prefix(dot + 1);
  }
  node->value = std::move(value);
  return Unit{};
}

Outcome<Node> Parse(std::string_view form) {
  Node root;
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string key = Decode(pair.substr(0, equals));
    std::string value = Decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!IsValidUtf8(key) || !IsValidUtf8(value)) return Malformed("A parameter is not UTF-8.");
    OR_FAIL(Insert(root, key, std::move(value)));
  }
  return root;
}

void Read(const Node& from, std::string_view name, std::optional<std::string>& to) {
  if (const Node* node = from.Find(name)) to = node->value;
}

Outcome<> Read(const Node& from, std::string_view name, std::optional<std::int64_t>& to) {
  const Node* node = from.Find(name);
  if (node == nullptr) return Unit{};
  const std::string& text = node->value;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return Malformed("A parameter has a value of the wrong type.");
  }
  to = number;
  return Unit{};
}

// AttributeName.1=All&AttributeName.2=...
void Read(const Node& from, std::string_view name, std::vector<std::string>& to) {
  const Node* node = from.Find(name);
  if (node == nullptr) return;
  for (const auto& [number, item] : node->children) to.push_back(item.value);
}

// Attribute.1.Name=...&Attribute.1.Value=...
void Read(const Node& from, std::string_view name, std::string_view key,
          std::optional<Attributes>& to) {
  const Node* node = from.Find(name);
  if (node == nullptr) return;
  to.emplace();
  for (const auto& [number, item] : node->children) (*to)[item.Text(key)] = item.Text("Value");
}

Outcome<> Read(const Node& from, std::string_view name, MessageAttributes& to) {
  const Node* node = from.Find(name);
  if (node == nullptr) return Unit{};
  for (const auto& [number, item] : node->children) {
    MessageAttribute& attribute = to[item.Text("Name")];
    const Node* value = item.Find("Value");
    if (value == nullptr) continue;
    attribute.type = value->Text("DataType");
    attribute.value = value->Text("StringValue");
    if (value->Find("BinaryValue") == nullptr) continue;
    const std::optional<std::string> bytes = Base64Decode(value->Text("BinaryValue"));
    if (!bytes) return Malformed("A BinaryValue is no base64.");
    attribute.value = *bytes;
  }
  return Unit{};
}

Outcome<> ReadEntry(const Node& from, Entry& to) {
  Read(from, "Id", to.id);
  Read(from, "MessageBody", to.body);
  Read(from, "ReceiptHandle", to.handle);
  Read(from, "MessageGroupId", to.group_id);
  Read(from, "MessageDeduplicationId", to.deduplication_id);
  OR_FAIL(Read(from, "DelaySeconds", to.delay));
  OR_FAIL(Read(from, "VisibilityTimeout", to.visibility));
  OR_FAIL(Read(from, "MessageAttribute", to.attributes));
  return Read(from, "MessageSystemAttribute", to.system_attributes);
}

Outcome<> ReadEntries(const Node& from, Request& to) {
  for (const char* name : {"SendMessageBatchRequestEntry", "DeleteMessageBatchRequestEntry",
                           "ChangeMessageVisibilityBatchRequestEntry"}) {
    const Node* node = from.Find(name);
    if (node == nullptr) continue;
    for (const auto& [number, item] : node->children) {
      OR_FAIL(ReadEntry(item, to.entries.emplace_back()));
    }
  }
  return Unit{};
}

Outcome<> ReadNumbers(const Node& from, Request& to) {
  OR_FAIL(Read(from, "MaxNumberOfMessages", to.max_messages));
  OR_FAIL(Read(from, "WaitTimeSeconds", to.wait));
  OR_FAIL(Read(from, "MaxResults", to.max_results));
  return Read(from, "MaxNumberOfMessagesPerSecond", to.per_second);
}

void ReadTexts(const Node& from, Request& to) {
  Read(from, "QueueUrl", to.queue_url);
  Read(from, "QueueName", to.queue_name);
  Read(from, "QueueOwnerAWSAccountId", to.owner);
  Read(from, "QueueNamePrefix", to.prefix);
  Read(from, "NextToken", to.next_token);
  Read(from, "ReceiveRequestAttemptId", to.attempt);
  Read(from, "SourceArn", to.source_arn);
  Read(from, "DestinationArn", to.destination_arn);
  Read(from, "TaskHandle", to.task_handle);
  Read(from, "Label", to.label);
}

void ReadLists(const Node& from, Request& to) {
  Read(from, "AttributeName", to.system_names);
  Read(from, "MessageSystemAttributeName", to.system_names);
  Read(from, "MessageAttributeName", to.message_attribute_names);
  Read(from, "TagKey", to.tag_keys);
  Read(from, "AWSAccountId", to.accounts);
  Read(from, "ActionName", to.actions);
  Read(from, "Attribute", "Name", to.queue_attributes);
  Read(from, "Tag", "Key", to.tags);
}

}  // namespace

Outcome<QueryRequest> ParseQueryRequest(std::string_view query, std::string_view form) {
  std::string all(query);
  if (!query.empty() && !form.empty()) all += '&';
  all += form;
  const Node root = OR_FAIL(Parse(all));
  QueryRequest request;
  request.action = root.Text("Action");
  request.role_arn = root.Text("RoleArn");
  ReadTexts(root, request.request);
  OR_FAIL(ReadNumbers(root, request.request));
  ReadLists(root, request.request);
  OR_FAIL(ReadEntry(root, request.request));
  OR_FAIL(ReadEntries(root, request.request));
  return request;
}

}  // namespace bauta::queue
