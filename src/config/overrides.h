// What stands above the file: BAUTA__ variables, --set, other flags.  Private to config/.
#pragma once

#include <vector>

#include "config/load.h"
#include "config/yaml.h"

namespace bauta::config {

// Puts them into the tree, the strongest last.  Returns what could not be read.
std::vector<Problem> ApplyOverrides(Node& root, const Sources& sources);

}  // namespace bauta::config
