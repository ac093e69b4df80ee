// What the role that runs the ingest must be allowed.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::schema {

// The user of this connection may do on schema bauta what `bauta run` does; what is not there is
// not asked for.  kConfig names what is missing and the GRANT statements that give it.
Result<> CheckGrants(pg::Connection& connection);

// The same for rows of `columns` in a table of the user's, by its unquoted names.
Result<> CheckInsert(pg::Connection& connection, const std::string& schema,
                     const std::string& table, const std::vector<std::string>& columns);

// All that CheckGrants asks for, as GRANT statements, one a line.
std::string IngestGrants(const std::string& role);

}  // namespace bauta::schema
