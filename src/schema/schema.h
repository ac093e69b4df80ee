// Our schemas `bauta` and `pii` in the user's database.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"
#include "pg/our_schema.h"
#include "schema/registry.h"

namespace bauta::schema {

using pg::kSchemaVersion;

struct InitOptions {
  bool create_table = false;  // The exercise's user_logins, where missing.
  bool roles = false;         // schema/roles.h; else whoever creates the schema has it.
  bool vault = false;         // Schema pii too.
  NewTokens new_tokens = NewTokens::kRefuse;
};

// Creates or upgrades what is missing and writes the registry, in one transaction under the
// exclusive migration lock: harmless to repeat, also at the same time.  Says in short lines what it
// did. What there is in a schema of ours belongs to its owner, also if a member of his calls.
// kConfig as WriteRegistry, with its `setting`.
Result<std::vector<std::string>> Init(pg::Connection& connection, const Registry& registry,
                                      const InitOptions& options, std::string* setting = nullptr);

// Schema pii alone, for a vault in a database of its own; with `roles` its roles.
Result<std::vector<std::string>> InitVault(pg::Connection& connection, bool roles);

// The script that Init runs, for those whose DBA runs it: for PostgreSQL 12 and newer.  `table`:
// with roles, what bauta_ingest may fill.
std::string PrintSql(const InitOptions& options = {}, const std::string& table = {});
// The exercise's table.
extern const char* const kUserLogins;
// The same without BEGIN and COMMIT, for a server of that PQserverVersion.
std::string CreateSql(int server_version);
// CREATE OR REPLACE VIEW bauta.fate.
extern const char* const kFateView;

}  // namespace bauta::schema
