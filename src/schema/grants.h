// What the role that runs the ingest must be allowed, and what it need not be.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::schema {

// The user of this connection may do on schema bauta what `bauta run` does; what is not there is
// not asked for.  kConfig names what is missing and the GRANT statements that give it.
Result<> CheckGrants(pg::Connection& connection);

// The same for rows of `columns` in a table of the user's, by its unquoted names; the sequences
// behind the defaults of its other columns too.
Result<> CheckInsert(pg::Connection& connection, const std::string& schema,
                     const std::string& table, const std::vector<std::string>& columns);

// Schema pii is there, of a version that this program knows, and the user of this connection may
// write to the vault.  kConfig.
Result<> CheckVault(pg::Connection& connection);

// What the user of this connection may do beyond a run's needs: "is a superuser", "may SELECT,
// UPDATE on public.logins".  Nothing where neither bauta_owner nor pii_owner has our schema: nobody
// has asked for roles of their own there.
Result<std::vector<std::string>> Excess(pg::Connection& connection, const std::string& schema,
                                        const std::string& table);

// What `role` needs for a run, `status` and `quarantine list`, as GRANT statements, one a line.
std::string IngestGrants(const std::string& role);
// And for the rest of `quarantine`.
std::string OperatorGrants(const std::string& role);
// What `erase` reads in schema bauta.
std::string EraserGrants(const std::string& role);
// And `reveal`.
std::string RevealerGrants(const std::string& role);

}  // namespace bauta::schema
