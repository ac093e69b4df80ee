#pragma once

namespace CLI {
class App;
}

namespace bauta::cli {

struct Context;

// `bauta queue redrive`: dead letters go back to their queue.
void AddRedrive(CLI::App& queue, Context& context);

}  // namespace bauta::cli
