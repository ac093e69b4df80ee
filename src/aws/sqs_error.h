// What an answer other than 200 asks of the caller.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace bauta::aws {

struct FailedCall {
  std::string_view operation;  // "ReceiveMessage"
  std::string_view queue;      // Its name; may be empty.
  std::string_view region, endpoint;
  // The server's words may quote what we sent (a body, a receipt handle): pass on the code only.
  bool quotes = true;
};

// The parts of the answer that count.
struct FailedAnswer {
  long status = 0;
  std::string_view code, message;     // Fault's.
  std::string_view retry_after = {};  // Header x-amz-retry-after: milliseconds.
  std::string_view location = {};     // Of a redirect.
};

// kRetryable with what it asks of the pace; or as SqsClient has it.
Error ToError(const FailedCall& call, const FailedAnswer& answer);

// True of what ToError makes of an answer that says that the caller may not do this.
bool IsDenied(const Error& error);

// The action that a policy must allow for a call: "DeleteMessageBatch" -> "sqs:DeleteMessage".
std::string IamAction(std::string_view operation);

// The codes with which AWS says that one asks too much.
bool IsThrottling(std::string_view code);

// The codes with which AWS refuses credentials that others may have replaced.
bool MayBeOldCredentials(std::string_view code);

// The codes with which AWS refuses a request whose date is minutes off.
bool MayBeClockSkew(std::string_view code);

}  // namespace bauta::aws
