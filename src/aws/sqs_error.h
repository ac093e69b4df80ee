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

Error ToError(const FailedCall& call, long status, std::string_view code, std::string_view message);

// The codes with which AWS says that one asks too much.
bool IsThrottling(std::string_view code);

// The codes with which AWS refuses a request whose date is minutes off.
bool MayBeClockSkew(std::string_view code);

}  // namespace bauta::aws
