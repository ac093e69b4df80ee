// `bauta init --roles`: bauta_owner has schema bauta, bauta_ingest may run and no more,
// bauta_operator may replay and discard too; for schema pii see pii_roles.h.  Group roles: people
// and services are members.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::schema {

// In the order of their use, inside Init's transaction; each may be repeated and says in short
// lines what it changed.

// The roles, those of schema pii too, and schema bauta in the hands of bauta_owner: made, or taken
// over with what we made in it.  Whoever had it stays able to run.  CreateSql comes next, also
// where the version is ours: what a function of ours does may be the old owner's.  kConfig, with
// the statements for whoever may, if this user may make no roles or does not own the schema; and as
// RefuseForeign.
Result<> MakeRoles(pg::Connection& connection, std::vector<std::string>& did);
// What the other two need in schema bauta.  As bauta_owner.
Result<> GrantRoles(pg::Connection& connection, std::vector<std::string>& did);
// INSERT on `table` (as SQL names it) and what its defaults need.  A table that is not there is
// left for the next time.  kConfig if this user may not grant that.
Result<> GrantTarget(pg::Connection& connection, const std::string& table,
                     std::vector<std::string>& did);

// The roles alone.
Result<> CreateRoles(pg::Connection& connection, std::vector<std::string>& did);
// The same as a script.
std::string MakeRolesSql();
std::string GrantRolesSql();
std::string GrantTargetSql(const std::string& table);

}  // namespace bauta::schema
