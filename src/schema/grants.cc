#include "schema/grants.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>

#include "pg/params.h"

namespace bauta::schema {
namespace {

struct Grant {
  const char *privileges, *objects;  // Of one kind; as GRANT takes them.
};

constexpr std::array<Grant, 5> kIngest = {{
    {"USAGE", "SCHEMA bauta"},
    {"SELECT", "bauta.meta, bauta.pipeline, bauta.key, bauta.masked_column"},
    {"SELECT, INSERT", "bauta.ledger, bauta.quarantine, bauta.batch"},
    {"EXECUTE", "FUNCTION bauta.expire(integer)"},
    {"EXECUTE", "FUNCTION bauta.expire_rest()"},
}};

// By oid: asking by name needs USAGE on the schema.
constexpr const char* kMissing = R"(
WITH ours AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'bauta'),
wanted (name, privilege) AS (VALUES
  ('meta', 'SELECT'), ('pipeline', 'SELECT'), ('key', 'SELECT'), ('masked_column', 'SELECT'),
  ('ledger', 'SELECT'), ('ledger', 'INSERT'), ('quarantine', 'SELECT'), ('quarantine', 'INSERT'),
  ('batch', 'SELECT'), ('batch', 'INSERT'))
SELECT 'USAGE', 'SCHEMA bauta' FROM ours WHERE NOT has_schema_privilege(oid, 'USAGE')
UNION ALL
(SELECT string_agg(w.privilege, ', ' ORDER BY w.privilege DESC), 'bauta.' || c.relname
 FROM ours JOIN pg_catalog.pg_class c ON c.relnamespace = ours.oid
 JOIN wanted w ON w.name = c.relname
 WHERE NOT has_table_privilege(c.oid, w.privilege) GROUP BY c.relname ORDER BY c.relname)
UNION ALL
(SELECT 'EXECUTE', format('FUNCTION bauta.%s(%s)', p.proname,
                          pg_catalog.pg_get_function_identity_arguments(p.oid))
 FROM ours JOIN pg_catalog.pg_proc p ON p.pronamespace = ours.oid
 WHERE p.proname IN ('expire', 'expire_rest') AND NOT has_function_privilege(p.oid, 'EXECUTE')
 ORDER BY 2))";

constexpr const char* kMissingOnTarget = R"(
SELECT has_schema_privilege(n.oid, 'USAGE'),
       (SELECT bool_and(has_column_privilege(c.oid, a.attnum, 'INSERT'))
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attname::text = ANY ($3))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2)";

std::string Line(std::string_view privileges, std::string_view objects, std::string_view role) {
  return fmt::format("GRANT {} ON {} TO {};", privileges, objects, role);
}

Error Lacks(const pg::Connection& connection, std::string_view privileges, std::string_view object,
            std::string hint) {
  return ConfigError(fmt::format("user {} lacks {} on {} in database {} (SQLSTATE 42501)",
                                 connection.user(), privileges, object, connection.database()),
                     "let its owner say: " + std::move(hint));
}

}  // namespace

Result<> CheckGrants(pg::Connection& connection) {
  const pg::Rows missing = TRY(connection.Query(kMissing));
  if (missing.size() == 0) return Ok();
  const std::string role = pg::QuoteName(connection.user());
  std::string hint;
  for (int i = 0; i < missing.size(); ++i) {
    hint += (i == 0 ? "" : " ") + Line(missing.Text(i, 0), missing.Text(i, 1), role);
  }
  return Lacks(connection, missing.Text(0, 0), missing.Text(0, 1), std::move(hint));
}

Result<> CheckInsert(pg::Connection& connection, const std::string& schema,
                     const std::string& table, const std::vector<std::string>& columns) {
  const std::vector<std::optional<std::string_view>> names(columns.begin(), columns.end());
  const pg::Rows may =
      TRY(connection.Exec(kMissingOnTarget, pg::Params().Text(schema).Text(table).Texts(names)));
  if (may.size() == 0) return Ok();
  const std::string role = pg::QuoteName(connection.user());
  const std::string name = pg::QuoteName(schema) + "." + pg::QuoteName(table);
  if (!may.Bool(0, 0)) {
    const std::string object = "SCHEMA " + pg::QuoteName(schema);
    return Lacks(connection, "USAGE", object, Line("USAGE", object, role));
  }
  if (may.IsNull(0, 1) || may.Bool(0, 1)) return Ok();
  return Lacks(connection, "INSERT", schema + "." + table, Line("INSERT", name, role));
}

std::string IngestGrants(const std::string& role) {
  std::string lines;
  for (const Grant& grant : kIngest) lines += Line(grant.privileges, grant.objects, role) + '\n';
  return lines;
}

}  // namespace bauta::schema
