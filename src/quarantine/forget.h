// Bodies of somebody who is to be forgotten: only who can open them finds them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/message.h"
#include "pg/connection.h"
#include "quarantine/quarantine.h"

namespace bauta::quarantine {

struct FoundBodies {
  std::vector<std::int64_t> ids;  // Held entries that are theirs.
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;  // Held, but damaged or sealed for another identity: nobody knows.
};

// Opens what is held, in every pipeline of the database, and asks of each message.  Nothing
// changes. One thread at a time; kConfig if our schema is missing.
Result<FoundBodies> FindBodies(pg::Connection& connection, const Identity& identity,
                               const std::function<bool(Message&)>& is_theirs);

}  // namespace bauta::quarantine
