#include "aws/json_wire.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "aws/answers.h"
#include "aws/attribute_digest.h"
#include "aws/json_text.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace bauta::aws {
namespace {

namespace ondemand = simdjson::ondemand;

// simdjson reads past the end: the text needs a padded copy.  Kept for its capacity, as the parser.
class Reader {
 public:
  simdjson::simdjson_result<ondemand::document> Read(std::string_view json) {
    if (buffer_.size() > kKeep && json.size() < kKeep) buffer_ = {};
    if (buffer_.size() < json.size() + simdjson::SIMDJSON_PADDING) {
      buffer_.resize(json.size() + simdjson::SIMDJSON_PADDING);
    }
    if (!json.empty()) std::memcpy(buffer_.data(), json.data(), json.size());
    return parser_.iterate(buffer_.data(), json.size(), buffer_.size());
  }

 private:
  static constexpr std::size_t kKeep = 1 << 20;
  ondemand::parser parser_;
  std::vector<char> buffer_;
};

Reader& ThreadReader() {
  thread_local Reader reader;
  return reader;
}

// Stands for a byte that is no UTF-8: an escape that does not exist, whatever comes before it.
constexpr std::string_view kNoText = R"(\!\!)";

// So that only the string around such a byte cannot be decoded, not the whole answer.
std::string WithoutBadUtf8(std::string_view json) {
  std::string out;
  out.reserve(json.size() + 16);
  while (!json.empty()) {
    const auto lead = static_cast<unsigned char>(json.front());
    const std::size_t size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const bool good = lead < 0x80 || IsValidUtf8(json.substr(0, size));
    const std::size_t taken = good ? size : 1;
    out += good ? json.substr(0, taken) : kNoText;
    json.remove_prefix(std::min(taken, json.size()));
  }
  return out;
}

bool IsNull(ondemand::value& value) {
  ondemand::json_type type{};
  return value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::null;
}

// Calls `use(key, value)` for each field; false if anything is malformed or `use` says so.
template <class Object, class Use>
bool ForEachField(Object& object, Use use) {
  for (auto field : object) {
    std::string_view key;
    ondemand::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    if (field.value().get(value) != simdjson::SUCCESS) return false;
    if (!use(key, value)) return false;
  }
  return true;
}

bool Take(ondemand::value& value, std::string& out) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  out.assign(text);
  return true;
}

// A number that is not negative, or a string that holds one; anything else is `otherwise`.
std::int64_t Number(ondemand::value& value, std::int64_t otherwise) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return otherwise;
  if (type == ondemand::json_type::number) {
    std::int64_t n = otherwise;
    return value.get_int64().get(n) == simdjson::SUCCESS && n >= 0 ? n : otherwise;
  }
  std::string_view text;
  if (type != ondemand::json_type::string || value.get_string().get(text) != simdjson::SUCCESS) {
    return otherwise;
  }
  return CountOr(text, otherwise);
}

// Text that cannot be decoded is damage to this message alone; what is no text is passed over.
bool ReadFurther(std::string_view name, ondemand::value& value, Received& message) {
  std::string_view text;
  const simdjson::error_code error = value.get_string().get(text);
  if (error == simdjson::STRING_ERROR) message.intact = false;
  if (error == simdjson::SUCCESS) AddSystemAttribute(name, text, message);
  return true;
}

bool ReadSystemAttributes(ondemand::value& value, Received& message) {
  if (IsNull(value)) return true;
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  return ForEachField(object, [&](std::string_view key, ondemand::value& field) {
    if (key == "SentTimestamp") {
      message.sent_ms = Number(field, 0);
    } else if (key == "ApproximateReceiveCount") {
      message.receive_count = ReceiveCount(Number(field, 1));
    } else {
      return ReadFurther(key, field, message);
    }
    return true;
  });
}

bool ReadMessageAttributes(ondemand::value& value, Received& message) {
  if (IsNull(value)) return true;
  ondemand::object object;
  std::string_view raw;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  if (object.raw_json().get(raw) != simdjson::SUCCESS) return false;
  message.attributes.assign(raw);
  // No valid JSON holds an escape after a "!".
  if (raw.find(kNoText.substr(1, 3)) != std::string_view::npos) message.intact = false;
  return true;
}

// One field of one of them; what is no text is passed over, and then the digest differs.
bool ReadValue(ondemand::value& value, AttributeValue& into) {
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  return ForEachField(object, [&](std::string_view key, ondemand::value& field) {
    std::string_view text;
    if (field.get_string().get(text) != simdjson::SUCCESS) return true;
    if (key == "DataType") into.type = text;
    if (key == "StringValue" || key == "BinaryValue") into.text = text;
    return true;
  });
}

// Whether these are the attributes that the server's digest names.  With a parser of its own: the
// answer is being walked.
bool AreIntact(std::string_view attributes, std::string_view md5) {
  thread_local Reader reader;
  std::map<std::string, AttributeValue> values;
  ondemand::document document;
  ondemand::object object;
  if (reader.Read(attributes).get(document) != simdjson::SUCCESS) return false;
  if (document.get_object().get(object) != simdjson::SUCCESS) return false;
  const bool read = ForEachField(object, [&](std::string_view key, ondemand::value& value) {
    return ReadValue(value, values[std::string(key)]);
  });
  return read && AttributeDigest(values) == md5;
}

// False if it is no string.  One that cannot be decoded is damage to this message alone.
bool ReadBody(ondemand::value& value, Received& message) {
  std::string_view text;
  const simdjson::error_code error = value.get_string().get(text);
  if (error == simdjson::STRING_ERROR) message.intact = false;
  if (error == simdjson::SUCCESS) message.body.assign(text);
  return error == simdjson::SUCCESS || error == simdjson::STRING_ERROR;
}

bool ReadMessage(ondemand::object& object, Received& message) {
  std::string md5, attributes_md5;
  bool body = false;
  const bool read = ForEachField(object, [&](std::string_view key, ondemand::value& value) {
    if (key == "Body") return body = ReadBody(value, message);
    if (key == "MessageId") return Take(value, message.id);
    if (key == "ReceiptHandle") return Take(value, message.receipt);
    if (key == "MD5OfBody") return Take(value, md5);
    if (key == "MD5OfMessageAttributes") return IsNull(value) || Take(value, attributes_md5);
    if (key == "Attributes") return ReadSystemAttributes(value, message);
    if (key == "MessageAttributes") return ReadMessageAttributes(value, message);
    return true;
  });
  if (!read || !body || message.id.empty() || message.receipt.empty()) return false;
  if (!md5.empty() && md5 != crypto::Md5Hex(message.body)) message.intact = false;
  if (!attributes_md5.empty() && message.attributes != "{}" &&
      !AreIntact(message.attributes, attributes_md5)) {
    message.intact = false;
  }
  return true;
}

template <class Use>
bool ForEachElement(ondemand::value& value, Use use) {
  if (IsNull(value)) return true;
  ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return false;
  for (auto element : array) {
    ondemand::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) return false;
    if (!use(object)) return false;
  }
  return true;
}

// Reads a whole document that is one object.
template <class Use>
bool ReadDocument(std::string_view json, Use use) {
  ondemand::document document;
  if (ThreadReader().Read(json).get(document) != simdjson::SUCCESS) return false;
  ondemand::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS) return false;
  return ForEachField(object, use) &&
         document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

struct EntryAnswer {
  std::string id, code;
  bool sender_fault = false;
};

bool ReadEntry(ondemand::object& object, EntryAnswer& answer) {
  return ForEachField(object, [&](std::string_view key, ondemand::value& value) {
    if (key == "Id") return Take(value, answer.id);
    if (key == "Code") return Take(value, answer.code);
    if (key == "SenderFault") return value.get_bool().get(answer.sender_fault) == simdjson::SUCCESS;
    return true;
  });
}

bool ReadMoveTask(ondemand::object& object, MoveTask& task) {
  return ForEachField(object, [&](std::string_view key, ondemand::value& value) {
    if (key == "TaskHandle") return IsNull(value) || Take(value, task.handle);
    if (key == "Status") return Take(value, task.status);
    if (key == "StartedTimestamp") task.started_ms = Number(value, 0);
    if (key == "ApproximateNumberOfMessagesMoved") task.moved = Number(value, 0);
    if (key == "ApproximateNumberOfMessagesToMove") task.to_move = Number(value, 0);
    if (key == "FailureReason" && !IsNull(value) && Take(value, task.failure)) {
      task.failure = TameCode(task.failure);
    }
    return true;
  });
}

std::string FaultCode(std::string_view type) {
  const std::size_t hash = type.rfind('#');
  if (hash != std::string_view::npos) type.remove_prefix(hash + 1);
  return TameCode(type.substr(0, type.find(':')));
}

bool ReadMessages(std::string_view json, std::vector<Received>& messages) {
  messages.clear();
  return ReadDocument(json, [&](std::string_view key, ondemand::value& value) {
    if (key != "Messages") return true;
    messages.reserve(10);
    return ForEachElement(value, [&](ondemand::object& object) {
      return ReadMessage(object, messages.emplace_back());
    });
  });
}

class Json : public Wire {
 public:
  std::string_view content_type() const override { return "application/x-amz-json-1.0"; }
  bool has_target() const override { return true; }

  std::string Write(const SqsCall& call) const override { return JsonText(call); }

  Result<std::vector<Received>> ReadReceive(std::string_view answer) const override {
    std::vector<Received> messages;
    bool read = ReadMessages(answer, messages);
    if (!read && !IsValidUtf8(answer)) read = ReadMessages(WithoutBadUtf8(answer), messages);
    if (!read) return NotAnAnswer("ReceiveMessage");
    return messages;
  }

  Result<std::vector<Refused>> ReadBatch(std::string_view answer,
                                         std::size_t entries) const override {
    BatchAnswer batch(entries);
    const auto read_list = [&](ondemand::value& list, bool failed) {
      return ForEachElement(list, [&](ondemand::object& object) {
        EntryAnswer entry;
        if (!ReadEntry(object, entry)) return false;
        if (failed) {
          batch.Refuse(entry.id, entry.code, entry.sender_fault);
        } else {
          batch.Done(entry.id);
        }
        return true;
      });
    };
    const bool read = ReadDocument(answer, [&](std::string_view key, ondemand::value& value) {
      if (key == "Successful") return read_list(value, false);
      if (key == "Failed") return read_list(value, true);
      return true;
    });
    if (!read) return NotAnAnswer("a batch call");
    return std::move(batch).Take();
  }

  Result<std::string> ReadQueueUrl(std::string_view answer) const override {
    std::string url;
    const bool read = ReadDocument(answer, [&](std::string_view key, ondemand::value& value) {
      return key != "QueueUrl" || Take(value, url);
    });
    if (!read || url.empty()) return NotAnAnswer("GetQueueUrl");
    return url;
  }

  Result<AttributeMap> ReadAttributes(std::string_view answer) const override {
    AttributeMap attributes;
    const bool read = ReadDocument(answer, [&](std::string_view key, ondemand::value& value) {
      if (key != "Attributes" || IsNull(value)) return true;
      ondemand::object object;
      if (value.get_object().get(object) != simdjson::SUCCESS) return false;
      return ForEachField(object, [&](std::string_view name, ondemand::value& field) {
        const std::string owned(name);
        return Take(field, attributes[owned]);
      });
    });
    if (!read) return NotAnAnswer("GetQueueAttributes");
    return attributes;
  }

  Result<std::string> ReadTaskHandle(std::string_view answer) const override {
    std::string handle;
    const bool read = ReadDocument(answer, [&](std::string_view key, ondemand::value& value) {
      return key != "TaskHandle" || Take(value, handle);
    });
    if (!read || handle.empty()) return NotAnAnswer("StartMessageMoveTask");
    return handle;
  }

  Result<std::vector<MoveTask>> ReadMoveTasks(std::string_view answer) const override {
    std::vector<MoveTask> tasks;
    const bool read = ReadDocument(answer, [&](std::string_view key, ondemand::value& value) {
      if (key != "Results") return true;
      return ForEachElement(value, [&](ondemand::object& object) {
        return ReadMoveTask(object, tasks.emplace_back());
      });
    });
    if (!read) return NotAnAnswer("ListMessageMoveTasks");
    return tasks;
  }

  Fault ReadFault(std::string_view answer, std::string_view query_error_header) const override {
    Fault fault;
    ReadDocument(answer, [&](std::string_view key, ondemand::value& value) {
      std::string text;
      if (key == "__type" && Take(value, text)) fault.code = FaultCode(text);
      if ((key == "message" || key == "Message") && Take(value, text)) fault.message = text;
      return true;
    });
    if (fault.code.empty()) {
      fault.code = QueryCode(query_error_header.substr(0, query_error_header.find(';')));
    }
    return fault;
  }
};

}  // namespace

const Wire& JsonWire() {
  static const Json wire;
  return wire;
}

}  // namespace bauta::aws
