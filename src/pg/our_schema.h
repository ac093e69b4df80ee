// The version of our schema `bauta`, for who makes it and who writes to it.
#pragma once

namespace bauta::pg {

inline constexpr int kSchemaVersion = 2;

}  // namespace bauta::pg
