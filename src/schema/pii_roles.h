// `bauta init --roles`, schema pii: pii_owner has it, pii_ingest may write to the vault and not
// read it, pii_reveal, pii_erase and pii_auditor call functions, pii_rekey is for the time of a
// rekey.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::schema {

// As MakeRoles and GrantRoles of schema/roles.h, inside Init's transaction; CreatePiiSql comes
// between them, as pii_owner.  The roles themselves are there.  A schema pii of another owner is
// taken over; nobody keeps what he granted.
Result<> TakePii(pg::Connection& connection, std::vector<std::string>& did);
Result<> GrantPiiRoles(pg::Connection& connection, std::vector<std::string>& did);

// The same as a script.
std::string MakePiiRolesSql();
std::string GrantPiiRolesSql();

// What whoever writes to the vault needs, as GRANT statements, one a line.
std::string PiiIngestGrants(const std::string& role);

}  // namespace bauta::schema
