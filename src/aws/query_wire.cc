#include "aws/query_wire.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <pugixml.hpp>

#include "aws/answers.h"
#include "aws/attribute_digest.h"
#include "aws/query_form.h"
#include "aws/sqs_error.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace bauta::aws {
namespace {

// --- Reading XML

// What the nodes of one document may take up: an answer of SQS with ten messages and all their
// attributes needs a tenth of it, a hostile one would make twenty bytes out of each.
constexpr std::size_t kMostMemory = 4 << 20;
thread_local std::size_t memory_left = 0;

void* Allocate(std::size_t size) {
  if (size > memory_left) return nullptr;
  memory_left -= size;
  return std::malloc(size);
}

// The text must outlive the document, which is made in place.  Nothing if it is no XML.
std::optional<pugi::xml_document> Parse(std::string& xml) {
  static const bool once = [] {
    pugi::set_memory_management_functions(Allocate, std::free);
    return true;
  }();
  static_cast<void>(once);
  memory_left = kMostMemory;
  // No character data is U+0000; where it stands the text must not end, but be seen as damaged.
  std::replace(xml.begin(), xml.end(), '\0', '\xff');
  // Line ends stay as they came: MD5OfBody tells whether they should.
  constexpr unsigned kHow = pugi::parse_escapes | pugi::parse_cdata | pugi::parse_ws_pcdata_single;
  pugi::xml_document document;
  if (!document.load_buffer_inplace(xml.data(), xml.size(), kHow, pugi::encoding_utf8)) {
    return std::nullopt;
  }
  return document;
}

std::string Text(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& part : node.children()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) text += part.value();
  }
  return text;
}

std::string TextOf(const pugi::xml_node& node, const char* child) {
  return Text(node.child(child));
}

// Calls `use` on the ...Result of a ...Response; false if `answer` is none, or `use` says so.
template <class Use>
bool ReadAnswer(std::string_view answer, Use use) {
  std::string xml(answer);
  const std::optional<pugi::xml_document> document = Parse(xml);
  if (!document) return false;
  const pugi::xml_node root = document->document_element();
  const std::string_view name = root.name();
  if (!name.ends_with("Response") || name == "ErrorResponse") return false;
  const std::string result = std::string(name.substr(0, name.size() - 8)) + "Result";
  return use(root.child(result.c_str()));
}

void ReadSystemAttribute(const pugi::xml_node& attribute, Received& message) {
  const std::string name = TextOf(attribute, "Name"), value = TextOf(attribute, "Value");
  if (name == "SentTimestamp") {
    message.sent_ms = CountOr(value, 0);
  } else if (name == "ApproximateReceiveCount") {
    message.receive_count = ReceiveCount(CountOr(value, 1));
  } else {
    AddSystemAttribute(name, value, message);
  }
}

// {"DataType":"String","StringValue":"v"}
void AppendValue(std::string& json, const pugi::xml_node& value) {
  json += '{';
  for (const pugi::xml_node& field : value.children()) {
    if (field.type() != pugi::node_element) continue;
    if (json.back() != '{') json += ',';
    AppendJsonString(json, field.name());
    json += ':';
    AppendJsonString(json, Text(field));
  }
  json += '}';
}

std::string MessageAttributes(const pugi::xml_node& message) {
  std::string json = "{";
  for (const pugi::xml_node& attribute : message.children("MessageAttribute")) {
    if (json.size() > 1) json += ',';
    AppendJsonString(json, TextOf(attribute, "Name"));
    json += ':';
    AppendValue(json, attribute.child("Value"));
  }
  return json + '}';
}

// Whether these are the attributes that the server's digest names, if it names one.
bool AreIntact(const pugi::xml_node& message) {
  const std::string md5 = TextOf(message, "MD5OfMessageAttributes");
  if (md5.empty() || !message.child("MessageAttribute")) return true;
  std::map<std::string, AttributeValue> values;
  for (const pugi::xml_node& attribute : message.children("MessageAttribute")) {
    const pugi::xml_node value = attribute.child("Value");
    values[TextOf(attribute, "Name")] = {
        TextOf(value, "DataType"),
        TextOf(value, value.child("BinaryValue") ? "BinaryValue" : "StringValue")};
  }
  return AttributeDigest(values) == md5;
}

bool ReadMessage(const pugi::xml_node& node, Received& message) {
  message.id = TextOf(node, "MessageId");
  message.receipt = TextOf(node, "ReceiptHandle");
  message.body = TextOf(node, "Body");
  for (const pugi::xml_node& attribute : node.children("Attribute")) {
    ReadSystemAttribute(attribute, message);
  }
  message.attributes = MessageAttributes(node);
  // Every server of this protocol sends the digest, and a reference to U+0000 would cut the body.
  message.intact = IsValidUtf8(message.body) && IsValidUtf8(message.attributes) &&
                   IsValidUtf8(message.system) &&
                   TextOf(node, "MD5OfBody") == crypto::Md5Hex(message.body) && AreIntact(node);
  return node.child("Body") && !message.id.empty() && !message.receipt.empty();
}

class Query : public Wire {
 public:
  std::string_view content_type() const override {
    return "application/x-www-form-urlencoded; charset=utf-8";
  }
  bool has_target() const override { return false; }

  std::string Write(const SqsCall& call) const override { return FormText(call); }

  Result<std::vector<Received>> ReadReceive(std::string_view answer) const override {
    std::vector<Received> messages;
    const bool read = ReadAnswer(answer, [&](const pugi::xml_node& result) {
      const auto nodes = result.children("Message");
      return std::all_of(nodes.begin(), nodes.end(), [&](const pugi::xml_node& node) {
        return ReadMessage(node, messages.emplace_back());
      });
    });
    if (!read) return NotAnAnswer("ReceiveMessage");
    return messages;
  }

  Result<std::vector<Refused>> ReadBatch(std::string_view answer,
                                         std::size_t entries) const override {
    BatchAnswer batch(entries);
    const bool read = ReadAnswer(answer, [&](const pugi::xml_node& result) {
      for (const pugi::xml_node& entry : result.children()) {
        const std::string_view name = entry.name();
        const std::string id = TextOf(entry, "Id");
        if (name == "BatchResultErrorEntry") {
          batch.Refuse(id, TextOf(entry, "Code"), TextOf(entry, "SenderFault") == "true");
        } else if (name.ends_with("BatchResultEntry")) {
          batch.Done(id);
        }
      }
      return true;
    });
    if (!read) return NotAnAnswer("a batch call");
    return std::move(batch).Take();
  }

  Result<std::string> ReadQueueUrl(std::string_view answer) const override {
    std::string url;
    const bool read = ReadAnswer(answer, [&](const pugi::xml_node& result) {
      url = TextOf(result, "QueueUrl");
      return !url.empty();
    });
    if (!read) return NotAnAnswer("GetQueueUrl");
    return url;
  }

  Result<AttributeMap> ReadAttributes(std::string_view answer) const override {
    AttributeMap attributes;
    const bool read = ReadAnswer(answer, [&](const pugi::xml_node& result) {
      for (const pugi::xml_node& attribute : result.children("Attribute")) {
        attributes[TextOf(attribute, "Name")] = TextOf(attribute, "Value");
      }
      return true;
    });
    if (!read) return NotAnAnswer("GetQueueAttributes");
    return attributes;
  }

  Result<std::string> ReadTaskHandle(std::string_view answer) const override {
    std::string handle;
    const bool read = ReadAnswer(answer, [&](const pugi::xml_node& result) {
      handle = TextOf(result, "TaskHandle");
      return !handle.empty();
    });
    if (!read) return NotAnAnswer("StartMessageMoveTask");
    return handle;
  }

  Result<std::vector<MoveTask>> ReadMoveTasks(std::string_view answer) const override {
    std::vector<MoveTask> tasks;
    const bool read = ReadAnswer(answer, [&](const pugi::xml_node& result) {
      for (const pugi::xml_node& node : result.children()) {
        if (!node.child("Status")) continue;
        MoveTask& task = tasks.emplace_back();
        task.handle = TextOf(node, "TaskHandle");
        task.status = TextOf(node, "Status");
        task.started_ms = CountOr(TextOf(node, "StartedTimestamp"), 0);
        task.moved = CountOr(TextOf(node, "ApproximateNumberOfMessagesMoved"), 0);
        task.to_move = CountOr(TextOf(node, "ApproximateNumberOfMessagesToMove"), 0);
        task.failure = TameCode(TextOf(node, "FailureReason"));
      }
      return true;
    });
    if (!read) return NotAnAnswer("ListMessageMoveTasks");
    return tasks;
  }

  Fault ReadFault(std::string_view answer, std::string_view) const override {
    std::string xml(answer);
    const std::optional<pugi::xml_document> document = Parse(xml);
    if (!document) return {};
    const pugi::xml_node error = document->child("ErrorResponse").child("Error");
    return {QueryCode(TextOf(error, "Code")), TextOf(error, "Message")};
  }
};

constexpr std::size_t kDeepest = 5;

void Flatten(const pugi::xml_node& node, const std::string& path, std::size_t depth,
             std::map<std::string, std::string>& texts) {
  const std::string text = Text(node);
  if (!text.empty()) texts.emplace(path, text);
  if (depth == kDeepest) return;
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    Flatten(child, path + '/' + child.name(), depth + 1, texts);
  }
}

}  // namespace

const Wire& QueryWire() {
  static const Query wire;
  return wire;
}

std::map<std::string, std::string> FlatXml(std::string_view xml) {
  std::map<std::string, std::string> texts;
  std::string copy(xml);
  const std::optional<pugi::xml_document> document = Parse(copy);
  if (!document) return texts;
  const pugi::xml_node root = document->document_element();
  if (root) Flatten(root, root.name(), 1, texts);
  return texts;
}

bool KnowsQueryOnly(std::string_view operation, long status, std::string_view answer) {
  if (!TrimAscii(answer).starts_with('<')) return false;  // As most are, and quickly.
  std::string xml(answer);
  const std::optional<pugi::xml_document> document = Parse(xml);
  if (!document) return false;
  const pugi::xml_node root = document->document_element();
  if (status == 200) return root.name() == std::string(operation) + "Response";
  const pugi::xml_node error = document->child("ErrorResponse").child("Error");
  const std::string code = QueryCode(TextOf(error, "Code"));
  if (code.empty() || IsThrottling(code)) return false;
  // LocalStack 0.14 to 2.3 calls it a failure of its own that a JSON call has no Action.
  if (status >= 500) return TextOf(error, "Message").find("Missing Action") != std::string::npos;
  return status >= 400 && status != 429;
}

}  // namespace bauta::aws
