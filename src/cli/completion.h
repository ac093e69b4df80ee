// Scripts that complete Bauta's commands, options and values.  Pure; any thread.
#pragma once

#include <string>

#include "cli/command_tree.h"

namespace bauta::cli {

std::string BashCompletion(const CommandNode& root);
std::string ZshCompletion(const CommandNode& root);
std::string FishCompletion(const CommandNode& root);

}  // namespace bauta::cli
