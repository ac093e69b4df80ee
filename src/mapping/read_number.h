// JSON numbers as PostgreSQL's types: exact or refused.  Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "core/arena.h"
#include "core/reason.h"
#include "core/table_schema.h"
#include "mapping/json.h"

namespace bauta::mapping {

// kWrongType if there is a fraction, kOutOfRange beyond [low, high].
std::variant<std::int64_t, Reason> ToInteger(const Number& number, std::int64_t low,
                                             std::int64_t high);

// number * 10^power, its fraction cut off; nothing if that does not fit.
std::optional<std::int64_t> ScaledInteger(const Number& number, int power);

// As Value::kDecimal has it.  kOutOfRange if digits would be lost on either side of the point.
std::variant<std::string_view, Reason> ToDecimal(const Number& number, const Column& column,
                                                 Arena& arena);

// The nearest double, or float if `single`.  kOutOfRange if that is infinite or zero for a number
// that is neither.  `text` is a JSON number.
std::variant<double, Reason> ToFloat(std::string_view text, bool single);

}  // namespace bauta::mapping
