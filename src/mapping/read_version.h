// Version numbers as integers.  Pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "core/reason.h"

namespace bauta::mapping {

// 2.3.0 -> 2003000, 2.3 the same: up to three parts from 0 to 999, so the integers are in order.
// Else kBadVersion.
std::variant<std::int64_t, Reason> ParseVersion(std::string_view text);

// 2.3.0 -> 230: the digits alone; 2.30 is the same number.  kBadVersion unless it is digits with
// single dots between them, kOutOfRange above `high`.
std::variant<std::int64_t, Reason> ParseVersionDigits(std::string_view text, std::int64_t high);

}  // namespace bauta::mapping
