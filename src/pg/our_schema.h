// The versions of our schemas, for who makes them and who writes to them.
#pragma once

namespace bauta::pg {

inline constexpr int kSchemaVersion = 2;
inline constexpr int kPiiSchemaVersion = 1;

}  // namespace bauta::pg
