// SQS speaks two protocols: JSON, and the older query protocol (a form in, XML out).  What a call
// asks and what an answer says is the same in both; a Wire writes the one and reads the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "aws/message_attributes.h"
#include "base/result.h"

namespace bauta::aws {

using AttributeMap = std::map<std::string, std::string>;

// A call before it is written.  Its names are literals, as the JSON protocol spells them.
struct SqsCall {
  struct Member {
    std::string_view name;
    std::variant<std::int64_t, std::string, std::vector<MessageAttribute>> value;
  };
  struct Names {
    std::string_view name;
    std::vector<std::string> values;
  };

  std::string_view operation;  // "ReceiveMessage"
  std::vector<Member> members;
  std::vector<Names> names;
  AttributeMap attributes;
  std::vector<std::vector<Member>> entries;  // Of a batch; their ids are the decimal index.
};

// One delivery, as ReceiveMessage gave it.
struct Received {
  std::string id;
  std::string receipt;            // Never logged.
  std::string body;               // Personal data: never logged.
  std::string attributes = "{}";  // MessageAttributes: a JSON object.
  std::int64_t sent_ms = 0;       // 0 if the server does not say.
  int receive_count = 1;
  std::string group;          // MessageGroupId; empty if it has none, or was not asked for.
  std::string system = "{}";  // The other system attributes: a JSON object of strings.
  // False: the body is not the one that MD5OfBody names, or something in it could not be read.
  bool intact = true;
};

// An entry of a batch that the server refused.
struct Refused {
  std::size_t entry;  // Index into the batch.
  std::string code;
  bool sender_fault;  // True: trying again is of no use.
};

// A move of all that is in a dead-letter queue, which SQS does by itself.
struct MoveTask {
  std::string handle;           // Only while it runs; never logged.
  std::string status;           // RUNNING, COMPLETED, CANCELLING, CANCELLED, FAILED
  std::int64_t started_ms = 0;  // 0: the server does not say.
  std::int64_t moved = 0, to_move = 0;
  std::string failure;  // A code.
};

// What an answer other than 200 says: "QueueDoesNotExist" and the server's own words.
struct Fault {
  std::string code;
  std::string message;  // May quote a receipt handle.
};

// Holds nothing; any thread.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual std::string_view content_type() const = 0;
  // Whether a header, not the body, names the operation.
  virtual bool has_target() const = 0;
  virtual std::string Write(const SqsCall& call) const = 0;

  // Each is kRejected if `answer` is no answer of that kind; nothing is left half read.
  virtual Result<std::vector<Received>> ReadReceive(std::string_view answer) const = 0;
  // An entry that the answer does not name is a refused one, code "Missing".
  virtual Result<std::vector<Refused>> ReadBatch(std::string_view answer,
                                                 std::size_t entries) const = 0;
  virtual Result<std::string> ReadQueueUrl(std::string_view answer) const = 0;
  virtual Result<AttributeMap> ReadAttributes(std::string_view answer) const = 0;
  // Of StartMessageMoveTask; newest first.
  virtual Result<std::string> ReadTaskHandle(std::string_view answer) const = 0;
  virtual Result<std::vector<MoveTask>> ReadMoveTasks(std::string_view answer) const = 0;
  // Of an answer other than 200.  Empty if it says nothing that SQS would.
  virtual Fault ReadFault(std::string_view answer, std::string_view query_error_header) const = 0;
};

}  // namespace bauta::aws
