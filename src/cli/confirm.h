#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/command.h"

namespace bauta::cli {

// What cannot be had back, for words.
struct ForGood {
  std::string_view what;       // "discard removes the events for good"
  std::string question;        // "Remove the bodies of 17 events for good?"
  std::string_view otherwise;  // "nothing was discarded"
};

// Only after --yes or a yes on the terminal.  kConfig: nobody can be asked; kRejected: no.
Result<> Confirm(const Context& context, const ForGood& step);

}  // namespace bauta::cli
