// Dates and times as PostgreSQL counts them.  Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mapping/json.h"

namespace bauta::mapping {

// Days since 2000-01-01 of "YYYY-MM-DD", years 0001 to 9999.
std::optional<std::int64_t> ParseDate(std::string_view text);

// Microseconds since 2000-01-01 00:00 UTC of an ISO 8601 / RFC 3339 time: a date, then optionally
// T or a space, HH:MM[:SS[.digits]] and Z, +HH, +HHMM or +HH:MM.  Without an offset it is UTC;
// digits beyond microseconds are cut off.
std::optional<std::int64_t> ParseTimestamp(std::string_view text);

// The same from a number of seconds (power 6) or milliseconds (power 3) since 1970; nothing if
// PostgreSQL cannot hold it.
std::optional<std::int64_t> TimestampOfEpoch(const Number& number, int power);
std::optional<std::int64_t> TimestampOfMillis(std::int64_t epoch_millis);

// The UTC day of a timestamp.
std::int64_t DateOfTimestamp(std::int64_t micros);

}  // namespace bauta::mapping
