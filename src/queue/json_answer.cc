#include "queue/json_answer.h"

#include "base/text.h"
#include "queue/digest.h"

namespace bauta::queue {
namespace {

// Writes one object, its commas included.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  ~ObjectWriter() { out_ += '}'; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  std::string& Key(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    AppendJsonString(out_, key);
    out_ += ':';
    return out_;
  }
  void Text(std::string_view key, std::string_view value) { AppendJsonString(Key(key), value); }
  void TextIfAny(std::string_view key, std::string_view value) {
    if (!value.empty()) Text(key, value);
  }

 private:
  std::string& out_;
  bool first_ = true;
};

template <class List, class Write>
void AppendArray(std::string& out, const List& list, Write write) {
  out += '[';
  bool first = true;
  for (const auto& item : list) {
    if (!first) out += ',';
    first = false;
    write(item);
  }
  out += ']';
}

void AppendMap(std::string& out, const Attributes& map) {
  ObjectWriter object(out);
  for (const auto& [name, value] : map) object.Text(name, value);
}

void WriteSent(ObjectWriter& object, const SentMessage& sent) {
  object.Text("MessageId", sent.id);
  object.Text("MD5OfMessageBody", sent.body_md5);
  object.TextIfAny("MD5OfMessageAttributes", sent.attributes_md5);
  object.TextIfAny("MD5OfMessageSystemAttributes", sent.system_attributes_md5);
  object.TextIfAny("SequenceNumber", sent.sequence);
}
void WriteSent(ObjectWriter&, const Unit&) {}

void WriteValue(std::string& out, const MessageAttribute& attribute) {
  ObjectWriter item(out);
  item.Text("DataType", attribute.type);
  if (attribute.binary()) {
    item.Text("BinaryValue", Base64Encode(attribute.value));
  } else {
    item.Text("StringValue", attribute.value);
  }
}

void AppendMessageAttributes(std::string& out, const MessageAttributes& attributes) {
  ObjectWriter object(out);
  for (const auto& [name, attribute] : attributes) WriteValue(object.Key(name), attribute);
}

// Writes the members of the answer's object.
class Writer {
 public:
  Writer(ObjectWriter& object, std::string& out, std::string_view messages_key = "Messages")
      : object_(object), out_(out), messages_key_(messages_key) {}

  void operator()(const Unit&) const {}
  void operator()(const QueueUrl& url) const { object_.Text("QueueUrl", url.url); }
  void operator()(const QueuePage& page) const { Page("QueueUrls", page); }
  void operator()(const DeadLetterSources& sources) const { Page("queueUrls", sources.page); }
  void operator()(const Attributes& attributes) const { Map("Attributes", attributes); }
  void operator()(const QueueTags& tags) const { Map("Tags", tags.tags); }
  void operator()(const SentMessage& sent) const { WriteSent(object_, sent); }
  template <class T>
  void operator()(const Batch<T>& batch) const {
    std::vector<const BatchEntry<T>*> done;
    std::vector<const BatchEntry<T>*> failed;
    for (const BatchEntry<T>& entry : batch) (entry.outcome.ok() ? done : failed).push_back(&entry);
    if (!done.empty()) {
      AppendArray(object_.Key("Successful"), done, [&](const BatchEntry<T>* entry) {
        ObjectWriter item(out_);
        item.Text("Id", entry->id);
        WriteSent(item, entry->outcome.value());
      });
    }
    if (failed.empty()) return;
    AppendArray(object_.Key("Failed"), failed, [&](const BatchEntry<T>* entry) {
      ObjectWriter item(out_);
      item.Text("Id", entry->id);
      item.Key("SenderFault") += "true";
      item.Text("Code", entry->outcome.failure().code);
      item.Text("Message", entry->outcome.failure().message);
    });
  }
  void operator()(const Messages& got) const {
    if (got.messages.empty()) return;
    AppendArray(object_.Key(messages_key_), got.messages, [&](const Received& message) {
      ObjectWriter item(out_);
      item.Text("MessageId", message.content->id.view());
      item.Text("ReceiptHandle", message.handle);
      item.Text("MD5OfBody", message.content->body_md5.view());
      item.Text("Body", message.content->body);
      const Attributes system = SystemAttributes(message, got.system_names, got.sender);
      if (!system.empty()) AppendMap(item.Key("Attributes"), system);
      const MessageAttributes own =
          Filter(message.content->extras->attributes, got.attribute_names);
      if (own.empty()) return;
      item.Text("MD5OfMessageAttributes", Md5(own));
      AppendMessageAttributes(item.Key("MessageAttributes"), own);
    });
  }
  void operator()(const TaskHandle& task) const { object_.Text("TaskHandle", task.handle); }
  void operator()(const std::vector<MoveTask>& tasks) const {
    AppendArray(object_.Key("Results"), tasks, [&](const MoveTask& task) {
      ObjectWriter item(out_);
      if (task.status == MoveTask::Status::kRunning) item.Text("TaskHandle", ToTaskHandle(task));
      item.Text("Status", ToText(task.status));
      item.Text("SourceArn", task.source_arn);
      item.TextIfAny("DestinationArn", task.destination_arn);
      if (task.per_second) {
        item.Key("MaxNumberOfMessagesPerSecond") += std::to_string(*task.per_second);
      }
      item.Key("ApproximateNumberOfMessagesMoved") += std::to_string(task.moved);
      item.Key("ApproximateNumberOfMessagesToMove") += std::to_string(task.to_move);
      item.TextIfAny("FailureReason", task.failure);
      item.Key("StartedTimestamp") += std::to_string(task.started_ms);
    });
  }
  void operator()(const Moved& moved) const {
    object_.Key("ApproximateNumberOfMessagesMoved") += std::to_string(moved.messages);
  }

 private:
  void Page(std::string_view key, const QueuePage& page) const {
    if (!page.urls.empty()) {
      AppendArray(object_.Key(key), page.urls,
                  [&](const std::string& url) { AppendJsonString(out_, url); });
    }
    object_.TextIfAny("NextToken", page.next_token);
  }
  void Map(std::string_view key, const Attributes& map) const {
    if (!map.empty()) AppendMap(object_.Key(key), map);
  }

  ObjectWriter& object_;
  std::string& out_;
  const std::string_view messages_key_;
};

// Spares growing a large answer step by step.
std::size_t SizeGuess(const Answered& answer) {
  std::size_t size = 64;
  if (const auto* got = std::get_if<Messages>(&answer)) {
    for (const Received& m : got->messages) size += m.content->body.size() * 5 / 4 + 400;
  }
  return size;
}

}  // namespace

std::string ToJson(const Answered& answer) {
  std::string out;
  out.reserve(SizeGuess(answer));
  {
    ObjectWriter object(out);
    std::visit(Writer(object, out), answer);
  }
  return out;
}

std::string ToQueryJson(std::string_view action, const Answered& answer,
                        std::string_view request_id) {
  std::string out;
  out.reserve(SizeGuess(answer));
  {
    const std::string name(action);
    ObjectWriter whole(out);
    ObjectWriter response(whole.Key(name + "Response"));
    if (const auto* attributes = std::get_if<Attributes>(&answer)) {
      ObjectWriter result(response.Key(name + "Result"));
      AppendArray(result.Key("Attributes"), *attributes, [&](const auto& attribute) {
        ObjectWriter item(out);
        item.Text("Name", attribute.first);
        item.Text("Value", attribute.second);
      });
    } else if (!std::holds_alternative<Unit>(answer)) {
      ObjectWriter result(response.Key(name + "Result"));
      std::visit(Writer(result, out, "messages"), answer);  // SQS's own word here.
    }
    ObjectWriter metadata(response.Key("ResponseMetadata"));
    metadata.Text("RequestId", request_id);
  }
  return out;
}

std::string QueryErrorJson(const Failure& failure, std::string_view request_id) {
  std::string out;
  {
    ObjectWriter whole(out);
    {
      ObjectWriter error(whole.Key("Error"));
      error.Text("Code", failure.code);
      error.Key("Detail") += "null";
      error.Text("Message", QueryMessage(failure));
      error.Text("Type", failure.status >= 500 ? "Receiver" : "Sender");
    }
    whole.Text("RequestId", request_id);
  }
  return out;
}

namespace {

// Nothing, the one, or an array of them.
template <class List, class Write>
void OneOrMany(ObjectWriter& object, std::string_view key, const List& list, Write write) {
  if (list.empty()) return;
  if (list.size() > 1) return AppendArray(object.Key(key), list, write);
  (void)object.Key(key);
  write(*list.begin());
}

void WriteListed(std::string& out, const Received& message, const Messages& all) {
  ObjectWriter item(out);
  item.Text("MessageId", message.content->id.view());
  item.Text("ReceiptHandle", message.handle);
  item.Text("MD5OfBody", message.content->body_md5.view());
  item.Text("Body", message.content->body);
  OneOrMany(item, "Attribute", SystemAttributes(message, all.system_names, all.sender),
            [&](const auto& attribute) {
              ObjectWriter pair(out);
              pair.Text("Name", attribute.first);
              pair.Text("Value", attribute.second);
            });
  const MessageAttributes own = Filter(message.content->extras->attributes, all.attribute_names);
  item.TextIfAny("MD5OfMessageAttributes", Md5(own));
  OneOrMany(item, "MessageAttribute", own, [&](const auto& attribute) {
    ObjectWriter pair(out);
    pair.Text("Name", attribute.first);
    WriteValue(pair.Key("Value"), attribute.second);
  });
}

}  // namespace

std::string ToListingJson(std::string_view action, const Answered& answer,
                          std::string_view request_id) {
  std::string out;
  out.reserve(SizeGuess(answer));
  {
    const std::string name(action);
    ObjectWriter whole(out);
    ObjectWriter response(whole.Key(name + "Response"));
    if (const auto* got = std::get_if<Messages>(&answer)) {
      ObjectWriter result(response.Key(name + "Result"));
      OneOrMany(result, "Message", got->messages,
                [&](const Received& message) { WriteListed(out, message, *got); });
    }
    ObjectWriter metadata(response.Key("ResponseMetadata"));
    metadata.Text("RequestId", request_id);
  }
  return out;
}

std::string ListingErrorJson(const Failure& failure, std::string_view request_id) {
  return R"({"ErrorResponse":)" + QueryErrorJson(failure, request_id) + "}";
}

std::string ErrorJson(const Failure& failure) {
  std::string out;
  {
    ObjectWriter object(out);
    object.Text("__type",
                std::string(failure.modelled ? "com.amazonaws.sqs#" : "com.amazon.coral.service#") +
                    std::string(failure.type));
    object.Text("message", failure.message);
  }
  return out;
}

}  // namespace bauta::queue
