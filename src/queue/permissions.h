// A queue's Policy as AddPermission and RemovePermission change it.  Nobody's access is checked
// against it.  Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "queue/failure.h"

namespace bauta::queue {

struct Permission {
  std::string label;
  std::vector<std::string> accounts, actions;
};

// `policy` is the attribute's text, empty if there is none; the result is its new text.
Outcome<std::string> AddPermission(std::string_view policy, std::string_view queue_arn,
                                   const Permission& permission);
Outcome<std::string> RemovePermission(std::string_view policy, std::string_view label);

}  // namespace bauta::queue
