#pragma once

#include <string_view>
#include <variant>

#include "core/arena.h"
#include "core/reason.h"
#include "mapping/event_reader.h"

namespace bauta::mapping {

// The id that a producer gave its event: the text of a string, or a number as it is written.  Lives
// as long as what was read, or in `arena`.  Anything else is a reason to refuse the event.
std::variant<std::string_view, Reason> ReadEventId(const Found& found, Arena& arena);

}  // namespace bauta::mapping
