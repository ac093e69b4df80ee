// Statements that write to the audit.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::vault {

// One statement in a transaction of its own, durable when this returns; tried again while others
// keep the audit locked, for 20 s in all: then kFatal.  One thread at a time.
Result<pg::Rows> InAuditTransaction(pg::Connection& connection, const char* sql,
                                    const pg::Params& params);

// kConfig if this user may not call LogAccess; `role` may.
Result<> CheckLogger(pg::Connection& connection, std::string_view role);

// A line about each of `tokens` (of nothing: a line that names no token), before what `action`
// does: lookup, quarantine.show...  All or none.  kFatal, too, for more lookups than a person
// makes.
Result<> LogAccess(pg::Connection& connection, std::string_view action,
                   std::span<const std::optional<std::string_view>> tokens,
                   const std::string& reason);

}  // namespace bauta::vault
