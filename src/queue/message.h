// A message as producers send it and consumers get it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace bauta::queue {

struct MessageAttribute {
  std::string type;   // "String", "Number", "Binary", maybe with ".suffix".
  std::string value;  // Binary: the bytes themselves.
  bool binary() const { return type.starts_with("Binary"); }
};
using MessageAttributes = std::map<std::string, MessageAttribute>;  // In the order MD5 wants.

// What the producer said.  Never changes, so that queue and answers share one copy.
struct Content {
  std::string id;  // A UUID.
  std::string body;
  std::string body_md5;
  MessageAttributes attributes;
  MessageAttributes system_attributes;  // AWSTraceHeader
  std::string group_id;                 // Empty: none.
  std::string deduplication_id;         // On FIFO queues; given, or of the body.
};
using SharedContent = std::shared_ptr<const Content>;

// One receipt of a message.
struct Received {
  SharedContent content;
  std::string handle;
  std::int64_t sent_ms = 0;
  std::int64_t first_received_ms = 0;
  std::uint32_t receives = 0;
  std::shared_ptr<const std::string> dead_letter_source;  // ARN of the queue it came from, if any.
  std::uint64_t sequence = 0;                             // On FIFO queues: grows in their order.
};

}  // namespace bauta::queue
