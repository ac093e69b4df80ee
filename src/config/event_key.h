#pragma once

#include <optional>
#include <vector>

#include "config/reader.h"
#include "core/column_rule.h"

namespace bauta::config {

// Where `target.exactly_once.key` says that an event's own id is; nothing for `message`.  Reports
// what is wrong with it, and a field that a column masks: the hash of an id is no mask for it.
std::optional<ColumnRule> ReadEventKey(Reader& reader, const std::vector<ColumnRule>& columns);

}  // namespace bauta::config
