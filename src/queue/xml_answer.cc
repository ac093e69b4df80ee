#include "queue/xml_answer.h"

#include "base/text.h"
#include "queue/digest.h"

namespace bauta::queue {
namespace {

constexpr std::string_view kNamespace = "http://queue.amazonaws.com/doc/2012-11-05/";

void AppendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':  // A parser would make a line feed of it.
        out += "&#xD;";
        break;
      default:  // What XML cannot say is in no body, but may be in an error that quotes a
                // parameter.
        out += static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' ? '?' : c;
    }
  }
}

// Writes one element around what is written while it lives.
class Element {
 public:
  Element(std::string& out, std::string name, std::string_view attributes = {})
      : out_(out), name_(std::move(name)) {
    out_ += '<';
    out_ += name_;
    out_ += attributes;
    out_ += '>';
    begin_ = out_.size();
  }
  ~Element() {
    if (out_.size() == begin_) {  // Nothing in it: <Name/>, as SQS has it.
      out_.back() = '/';
      out_ += '>';
      return;
    }
    out_ += "</";
    out_ += name_;
    out_ += '>';
  }
  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;

 private:
  std::string& out_;
  const std::string name_;
  std::size_t begin_ = 0;
};

void Text(std::string& out, const char* name, std::string_view text) {
  const Element element(out, name);
  AppendEscaped(out, text);
}
void TextIfAny(std::string& out, const char* name, std::string_view text) {
  if (!text.empty()) Text(out, name, text);
}
void Number(std::string& out, const char* name, std::uint64_t number) {
  Text(out, name, std::to_string(number));
}

void Pairs(std::string& out, const char* element, const char* key, const Attributes& pairs) {
  for (const auto& [name, value] : pairs) {
    const Element pair(out, element);
    Text(out, key, name);
    Text(out, "Value", value);
  }
}

// Writes what stands inside <ActionResult>.
class Writer {
 public:
  Writer(std::string& out, std::string_view action) : out_(out), action_(action) {}

  void operator()(const Unit&) const {}
  void operator()(const QueueUrl& url) const { Text(out_, "QueueUrl", url.url); }
  void operator()(const QueuePage& page) const {
    for (const std::string& url : page.urls) Text(out_, "QueueUrl", url);
    TextIfAny(out_, "NextToken", page.next_token);
  }
  void operator()(const DeadLetterSources& sources) const { (*this)(sources.page); }
  void operator()(const Attributes& attributes) const {
    Pairs(out_, "Attribute", "Name", attributes);
  }
  void operator()(const QueueTags& tags) const { Pairs(out_, "Tag", "Key", tags.tags); }
  void operator()(const SentMessage& sent) const {
    Text(out_, "MessageId", sent.id);
    Text(out_, "MD5OfMessageBody", sent.body_md5);
    TextIfAny(out_, "MD5OfMessageAttributes", sent.attributes_md5);
    TextIfAny(out_, "MD5OfMessageSystemAttributes", sent.system_attributes_md5);
    TextIfAny(out_, "SequenceNumber", sent.sequence);
  }
  template <class T>
  void operator()(const Batch<T>& batch) const {
    for (const BatchEntry<T>& entry : batch) {
      if (!entry.outcome.ok()) continue;
      const Element result(out_, std::string(action_) + "ResultEntry");
      Text(out_, "Id", entry.id);
      (*this)(entry.outcome.value());
    }
    for (const BatchEntry<T>& entry : batch) {
      if (entry.outcome.ok()) continue;
      const Element result(out_, "BatchResultErrorEntry");
      Text(out_, "Id", entry.id);
      Text(out_, "SenderFault", "true");
      Text(out_, "Code", entry.outcome.failure().code);
      Text(out_, "Message", entry.outcome.failure().message);
    }
  }
  void operator()(const Messages& got) const {
    for (const Received& message : got.messages) {
      const Element element(out_, "Message");
      Text(out_, "MessageId", message.content->id.view());
      Text(out_, "ReceiptHandle", message.handle);
      Text(out_, "MD5OfBody", message.content->body_md5.view());
      Text(out_, "Body", message.content->body);
      (*this)(SystemAttributes(message, got.system_names, got.sender));
      const MessageAttributes own =
          Filter(message.content->extras->attributes, got.attribute_names);
      TextIfAny(out_, "MD5OfMessageAttributes", Md5(own));
      for (const auto& [name, attribute] : own) One(name, attribute);
    }
  }
  void operator()(const TaskHandle& task) const { Text(out_, "TaskHandle", task.handle); }
  void operator()(const std::vector<MoveTask>& tasks) const {
    for (const MoveTask& task : tasks) {
      const Element result(out_, "ListMessageMoveTasksResultEntry");
      if (task.status == MoveTask::Status::kRunning) Text(out_, "TaskHandle", ToTaskHandle(task));
      Text(out_, "Status", ToText(task.status));
      Text(out_, "SourceArn", task.source_arn);
      TextIfAny(out_, "DestinationArn", task.destination_arn);
      if (task.per_second) {
        Text(out_, "MaxNumberOfMessagesPerSecond", std::to_string(*task.per_second));
      }
      Number(out_, "ApproximateNumberOfMessagesMoved", task.moved);
      Number(out_, "ApproximateNumberOfMessagesToMove", task.to_move);
      TextIfAny(out_, "FailureReason", task.failure);
      Text(out_, "StartedTimestamp", std::to_string(task.started_ms));
    }
  }
  void operator()(const Moved& moved) const {
    Number(out_, "ApproximateNumberOfMessagesMoved", moved.messages);
  }

 private:
  void One(const std::string& name, const MessageAttribute& attribute) const {
    const Element element(out_, "MessageAttribute");
    Text(out_, "Name", name);
    const Element value(out_, "Value");
    if (attribute.binary()) {
      Text(out_, "BinaryValue", Base64Encode(attribute.value));
    } else {
      Text(out_, "StringValue", attribute.value);
    }
    Text(out_, "DataType", attribute.type);
  }

  std::string& out_;
  const std::string_view action_;
};

const std::string& Namespace() {
  static const std::string text = " xmlns=\"" + std::string(kNamespace) + "\"";
  return text;
}

}  // namespace

std::string ToXml(std::string_view action, const Answered& answer, std::string_view request_id) {
  std::string out;
  const std::string name(action);
  {
    const Element response(out, name + "Response", Namespace());
    if (!std::holds_alternative<Unit>(answer)) {
      const Element result(out, name + "Result");
      std::visit(Writer(out, action), answer);
    }
    const Element metadata(out, "ResponseMetadata");
    Text(out, "RequestId", request_id);
  }
  return out;
}

std::string ErrorXml(const Failure& failure, std::string_view request_id) {
  std::string out;
  {
    const Element response(out, "ErrorResponse", Namespace());
    {
      const Element error(out, "Error");
      Text(out, "Type", failure.status >= 500 ? "Receiver" : "Sender");
      Text(out, "Code", failure.code);
      Text(out, "Message", QueryMessage(failure));
      out += "<Detail/>";
    }
    Text(out, "RequestId", request_id);
  }
  return out;
}

}  // namespace bauta::queue
