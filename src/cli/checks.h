// What `bauta check` asks, in the order in which it asks.  One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "keys/key_ring.h"

namespace bauta::cli {

enum class Depth { kOffline, kConnections };

// Appends to `loaded.problems` what key ring, queue, database and table say of a config that has
// no errors.  Writes nothing that lasts.  Returns what is there, if it was found: "schema bauta
// version 2, PostgreSQL 15.13".
std::string CheckMeaning(config::Loaded& loaded, Depth depth);

// 0, 2, or 3 if nothing but connections failed.
int CheckExitCode(const std::vector<config::Problem>& problems);

}  // namespace bauta::cli
