// Who may ask schema pii for what.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::vault {

struct TableNeed {
  std::string_view table, privilege = "SELECT";
  std::string_view columns = {};  // "recipient, sealed"; empty: all.
};

// What a command calls, reads or writes in schema pii, and the group role that may.
struct Need {
  std::string_view role;
  std::span<const std::string_view> functions;  // "reveal_request(text, text)"
  std::span<const TableNeed> tables = {};
};

// kConfig if there is no schema pii here, or this user lacks any of it: names what is missing and
// the GRANT that gives it.  One thread at a time, like all that takes a Connection.
Result<> CheckAccess(pg::Connection& connection, const Need& need);

// Whether the database has a schema pii at all.
Result<bool> HasPii(pg::Connection& connection);

}  // namespace bauta::vault
