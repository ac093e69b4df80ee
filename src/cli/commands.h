#pragma once

#include "cli/command.h"

namespace bauta::cli {

// The flags that go everywhere and every command.  `context` outlives `app`.  Main thread.
void AddCommands(CLI::App& app, Context& context);

}  // namespace bauta::cli
