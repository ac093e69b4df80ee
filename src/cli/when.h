#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace bauta::cli {

// A moment as --since and --until take it, in milliseconds since 1970 UTC: "2026-11-21",
// "2026-11-21T07:00", "2026-11-21T07:00:00.123Z" (all UTC), or so long before `now`: "2h", "7d".
std::optional<std::int64_t> ParseWhen(std::string_view text, WallTime now);

}  // namespace bauta::cli
