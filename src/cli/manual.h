#pragma once

#include <string>

#include "cli/command_tree.h"

namespace bauta::cli {

// The manual page in roff, section 1.  Pure; any thread.
std::string ManualPage(const CommandNode& root);

}  // namespace bauta::cli
