#include "vault/access.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <vector>

namespace bauta::vault {
namespace {

// Of functions $1 and tables $2 those that this user may not use, as GRANT names them; then whether
// the group roles have been made.  By the catalog alone: who may not use the schema cannot name
// what is in it.
constexpr const char* kMissing = R"(
SELECT 'FUNCTION pii.' || f FROM unnest($1) AS f WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = 'pii'
    AND p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' = f
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))
UNION ALL
SELECT 'TABLE pii.' || t FROM unnest($2) AS t WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'pii' AND c.relname = t
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND pg_catalog.has_table_privilege(c.oid, 'SELECT')))";
constexpr const char* kHasRoles =
    "SELECT pg_catalog.pg_get_userbyid(nspowner) = 'pii_owner' FROM pg_catalog.pg_namespace "
    "WHERE nspname = 'pii'";

pg::Params Names(const Need& need) {
  const std::vector<std::optional<std::string_view>> functions(need.functions.begin(),
                                                               need.functions.end());
  const std::vector<std::optional<std::string_view>> tables(need.tables.begin(), need.tables.end());
  return pg::Params().Texts(functions).Texts(tables);
}

// Every GRANT that a role of the user's own would need.
std::string Grants(const std::vector<std::string>& missing, const std::string& user) {
  std::string sql = fmt::format("GRANT USAGE ON SCHEMA pii TO {};", user);
  for (const std::string& what : missing) {
    const bool table = what.starts_with("TABLE");
    sql += fmt::format(" GRANT {} ON {} TO {};", table ? "SELECT" : "EXECUTE", what, user);
  }
  return sql;
}

}  // namespace

Result<bool> HasPii(pg::Connection& connection) {
  return TRY(connection.Query("SELECT to_regnamespace('pii') IS NOT NULL")).Bool(0, 0);
}

Result<> CheckAccess(pg::Connection& connection, const Need& need) {
  const pg::Rows roles = TRY(connection.Query(kHasRoles));
  if (roles.size() == 0) {
    return ConfigError(
        fmt::format("database {} at {} has no schema pii, which keeps originals and the audit",
                    connection.database(), connection.place()),
        "`bauta init` makes it where a column has vault: true, `bauta init --roles` always");
  }
  const pg::Rows rows = TRY(connection.Exec(kMissing, Names(need)));
  if (rows.size() == 0) return Ok();
  std::vector<std::string> missing;
  for (int i = 0; i < rows.size(); ++i) missing.push_back(rows.String(i, 0));
  const std::string user = pg::QuoteName(connection.user());
  return ConfigError(
      fmt::format("user {} may not use {}", connection.user(), fmt::join(missing, ", ")),
      roles.Bool(0, 0) ? fmt::format("GRANT {} TO {};", need.role, user) : Grants(missing, user));
}

}  // namespace bauta::vault
