#pragma once

#include <string_view>
#include <variant>

#include "core/arena.h"
#include "core/reason.h"
#include "core/row.h"
#include "mapping/json.h"

namespace bauta::mapping {

// A JSON array of strings, numbers (as written) and nulls as Value::kTextArray has it.
std::variant<Value, Reason> ReadTextArray(const Json& json, Arena& arena);

}  // namespace bauta::mapping
