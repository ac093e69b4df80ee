#include "vault/access.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <vector>

namespace bauta::vault {
namespace {

// Of functions $1, and of privileges $3 for columns $4 of tables $2, what this user lacks, as GRANT
// names it; then whether the group roles have been made.  By the catalog alone: who may not use the
// schema cannot name what is in it.
constexpr const char* kMissing = R"(
SELECT 'EXECUTE ON FUNCTION pii.' || f FROM unnest($1) AS f WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = 'pii'
    AND p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' = f
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))
UNION ALL
SELECT pg_catalog.string_agg(concat(t.privilege, ' (' || nullif(t.columns, '') || ')'), ', '
                             ORDER BY t.place) || ' ON TABLE pii.' || t.name
FROM unnest($2, $3, $4) WITH ORDINALITY AS t (name, privilege, columns, place) WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'pii' AND c.relname = t.name
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND CASE t.columns WHEN '' THEN pg_catalog.has_table_privilege(c.oid, t.privilege)
        ELSE (SELECT bool_and(pg_catalog.has_column_privilege(c.oid, one, t.privilege))
              FROM unnest(pg_catalog.string_to_array(t.columns, ', ')) AS one) END)
GROUP BY t.name)";
constexpr const char* kHasRoles =
    "SELECT pg_catalog.pg_get_userbyid(nspowner) = 'pii_owner' FROM pg_catalog.pg_namespace "
    "WHERE nspname = 'pii'";

pg::Params Names(const Need& need) {
  const std::vector<std::optional<std::string_view>> functions(need.functions.begin(),
                                                               need.functions.end());
  std::vector<std::optional<std::string_view>> tables, privileges, columns;
  for (const TableNeed& table : need.tables) {
    tables.emplace_back(table.table);
    privileges.emplace_back(table.privilege);
    columns.emplace_back(table.columns);
  }
  return pg::Params().Texts(functions).Texts(tables).Texts(privileges).Texts(columns);
}

// Every GRANT that a role of the user's own would need.
std::string Grants(const std::vector<std::string>& missing, const std::string& user) {
  std::string sql = fmt::format("GRANT USAGE ON SCHEMA pii TO {};", user);
  for (const std::string& what : missing) sql += fmt::format(" GRANT {} TO {};", what, user);
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
      fmt::format("user {} lacks {}", connection.user(), fmt::join(missing, " and ")),
      roles.Bool(0, 0) ? fmt::format("GRANT {} TO {};", need.role, user) : Grants(missing, user));
}

}  // namespace bauta::vault
