// The JSON that SQS speaks: what answers mean.  Pure functions; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bauta::aws {

// One delivery, as ReceiveMessage gave it.
struct Received {
  std::string id;
  std::string receipt;            // Never logged.
  std::string body;               // Personal data: never logged.
  std::string attributes = "{}";  // MessageAttributes as it came: a JSON object.
  std::int64_t sent_ms = 0;       // 0 if the server does not say.
  int receive_count = 1;
  // False: the body is not the one that MD5OfBody names, or something in it could not be read.
  bool intact = true;
};

// An entry of a batch that the server refused.
struct Refused {
  std::size_t entry;  // Index into the batch.
  std::string code;
  bool sender_fault;  // True: trying again is of no use.
};

using AttributeMap = std::map<std::string, std::string>;

// Each is kRejected if `json` is no answer of that kind; nothing is left half read.
Result<std::vector<Received>> ParseReceive(std::string_view json);
// Entry ids are the decimal index; an entry that the answer does not name is a refused one, code
// "Missing".
Result<std::vector<Refused>> ParseBatch(std::string_view json, std::size_t entries);
Result<std::string> ParseQueueUrl(std::string_view json);
Result<AttributeMap> ParseAttributes(std::string_view json);

// What an answer other than 200 says: "QueueDoesNotExist" and the server's own words.
struct Fault {
  std::string code;
  std::string message;  // May quote a receipt handle.
};
Fault ParseFault(std::string_view json, std::string_view query_error_header);

}  // namespace bauta::aws
