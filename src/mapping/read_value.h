#pragma once

#include <string_view>
#include <variant>

#include "core/arena.h"
#include "core/column_rule.h"
#include "core/reason.h"
#include "core/row.h"
#include "core/table_schema.h"
#include "mapping/event_reader.h"
#include "mapping/json.h"

namespace bauta::mapping {

using Reading = std::variant<Value, Reason>;

// The text of a JSON string.
struct Text {
  std::string_view text;  // Valid UTF-8, perhaps with NUL.
  bool in_arena = false;  // Else it points into the body.
};
// kBadUtf8 for an unpaired surrogate.
std::variant<Text, Reason> Decode(const Json& string, Arena& arena);

// What `column` will hold for `json`, which is not null; what it points to lives in `arena`.
// `as` suits the column (CheckRules).  `reader` validates JSON that stands inside a string; what it
// found stays as it is.
Reading ReadValue(const Json& json, const Column& column, ReadAs as, EventReader& reader,
                  Arena& arena);

// A moment in a date or timestamp column.
Reading ReadMoment(std::int64_t epoch_millis, const Column& column);

}  // namespace bauta::mapping
