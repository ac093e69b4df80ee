// `bauta queue create | send | load | receive | peek | stats | purge`: any SQS endpoint.
#pragma once

namespace CLI {
class App;
}

namespace bauta::cli {

struct Context;

// Adds the verbs to `queue`, the parent command.  `context` outlives it.
void AddQueueVerbs(CLI::App& queue, Context& context);

}  // namespace bauta::cli
