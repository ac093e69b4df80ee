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

Outcome<std::string> MapJson(std::string_view key, const Outcome<Attributes>& map) {
  if (!map.ok()) return map.failure();
  if (map.value().empty()) return std::string("{}");
  std::string out;
  {
    ObjectWriter object(out);
    AppendMap(object.Key(key), map.value());
  }
  return out;
}

void WriteSent(ObjectWriter& object, const SentMessage& sent) {
  object.Text("MessageId", sent.id);
  object.Text("MD5OfMessageBody", sent.body_md5);
  object.TextIfAny("MD5OfMessageAttributes", sent.attributes_md5);
  object.TextIfAny("MD5OfMessageSystemAttributes", sent.system_attributes_md5);
  object.TextIfAny("SequenceNumber", sent.sequence);
}
void WriteSent(ObjectWriter&, const Unit&) {}

template <class T>
std::string BatchJson(const Batch<T>& batch) {
  std::vector<const BatchEntry<T>*> done;
  std::vector<const BatchEntry<T>*> failed;
  for (const BatchEntry<T>& entry : batch) (entry.outcome.ok() ? done : failed).push_back(&entry);
  std::string out;
  {
    ObjectWriter object(out);
    if (!done.empty()) {
      AppendArray(object.Key("Successful"), done, [&](const BatchEntry<T>* entry) {
        ObjectWriter item(out);
        item.Text("Id", entry->id);
        WriteSent(item, entry->outcome.value());
      });
    }
    if (!failed.empty()) {
      AppendArray(object.Key("Failed"), failed, [&](const BatchEntry<T>* entry) {
        ObjectWriter item(out);
        item.Text("Id", entry->id);
        item.Key("SenderFault") += "true";
        item.Text("Code", entry->outcome.failure().code);
        item.Text("Message", entry->outcome.failure().message);
      });
    }
  }
  return out;
}

void AppendMessageAttributes(std::string& out, const MessageAttributes& attributes) {
  ObjectWriter object(out);
  for (const auto& [name, attribute] : attributes) {
    ObjectWriter item(object.Key(name));
    item.Text("DataType", attribute.type);
    if (attribute.binary()) {
      item.Text("BinaryValue", Base64Encode(attribute.value));
    } else {
      item.Text("StringValue", attribute.value);
    }
  }
}

}  // namespace

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

std::string QueueUrlJson(std::string_view url) {
  std::string out;
  {
    ObjectWriter object(out);
    object.Text("QueueUrl", url);
  }
  return out;
}

std::string TaskHandleJson(std::string_view handle) {
  return R"({"TaskHandle":)" + JsonString(handle) + "}";
}

std::string MovedJson(std::uint64_t moved) {
  return R"({"ApproximateNumberOfMessagesMoved":)" + std::to_string(moved) + "}";
}

std::string ToJson(const std::vector<MoveTask>& tasks) {
  std::string out = R"({"Results":)";
  AppendArray(out, tasks, [&](const MoveTask& task) {
    ObjectWriter item(out);
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
  return out + "}";
}

std::string ToJson(const Unit&) { return "{}"; }

std::string ToJson(const SentMessage& sent) {
  std::string out;
  {
    ObjectWriter object(out);
    WriteSent(object, sent);
  }
  return out;
}

std::string ToJson(const Batch<SentMessage>& batch) { return BatchJson(batch); }
std::string ToJson(const Batch<Unit>& batch) { return BatchJson(batch); }

Outcome<std::string> PageJson(std::string_view key, const Outcome<QueuePage>& page) {
  if (!page.ok()) return page.failure();
  std::string out;
  {
    ObjectWriter object(out);
    if (!page.value().urls.empty()) {
      AppendArray(object.Key(key), page.value().urls,
                  [&](const std::string& url) { AppendJsonString(out, url); });
    }
    object.TextIfAny("NextToken", page.value().next_token);
  }
  return out;
}

Outcome<std::string> AttributesJson(const Outcome<Attributes>& attributes) {
  return MapJson("Attributes", attributes);
}
Outcome<std::string> TagsJson(const Outcome<Attributes>& tags) { return MapJson("Tags", tags); }

std::string MessagesJson(const std::vector<Received>& messages,
                         const std::vector<std::string>& system_names,
                         const std::vector<std::string>& attribute_names,
                         const std::string& sender) {
  if (messages.empty()) return "{}";
  std::size_t size = 32;
  for (const Received& m : messages) size += m.content->body.size() * 5 / 4 + 400;
  std::string out;
  out.reserve(size);
  {
    ObjectWriter object(out);
    AppendArray(object.Key("Messages"), messages, [&](const Received& message) {
      ObjectWriter item(out);
      item.Text("MessageId", message.content->id);
      item.Text("ReceiptHandle", message.handle);
      item.Text("MD5OfBody", message.content->body_md5);
      item.Text("Body", message.content->body);
      const Attributes system = SystemAttributes(message, system_names, sender);
      if (!system.empty()) AppendMap(item.Key("Attributes"), system);
      const MessageAttributes own = Filter(message.content->attributes, attribute_names);
      if (own.empty()) return;
      item.Text("MD5OfMessageAttributes", Md5(own));
      AppendMessageAttributes(item.Key("MessageAttributes"), own);
    });
  }
  return out;
}

}  // namespace bauta::queue
