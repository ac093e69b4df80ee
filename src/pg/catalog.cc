#include "pg/catalog.h"

#include <fmt/format.h>

namespace bauta::pg {
namespace {

constexpr const char* kFindTable =
    "SELECT c.oid::int8, n.nspname, c.relname, c.relkind, c.relpersistence, "
    "row_security_active(c.oid) FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.oid = pg_catalog.to_regclass($1)";

// Domains are followed down to their base type.  attgenerated is read by way of JSON: PostgreSQL
// before 12 has no such column.
constexpr const char* kColumns = R"(
WITH RECURSIVE col AS (
  SELECT a.attnum, a.attname, a.atttypid AS typid, a.atttypmod AS typmod,
         pg_catalog.format_type(a.atttypid, a.atttypmod) AS shown, a.attnotnull AS not_null,
         a.atthasdef, a.attidentity, coalesce(to_jsonb(a)->>'attgenerated', '') AS generated
  FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped
), base AS (
  SELECT c.attnum, c.typid, c.typmod, c.not_null, t.typtype, t.typbasetype, t.typtypmod,
         t.typnotnull
  FROM col c JOIN pg_catalog.pg_type t ON t.oid = c.typid
  UNION ALL
  SELECT b.attnum, b.typbasetype, b.typtypmod, b.not_null OR b.typnotnull, t.typtype,
         t.typbasetype, t.typtypmod, t.typnotnull
  FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd'
)
SELECT c.attname, b.typid::int8, b.typmod, c.shown, b.not_null,
       c.atthasdef OR c.attidentity <> '', c.attidentity = 'a', c.generated <> '', b.typtype = 'e'
FROM col c JOIN base b ON b.attnum = c.attnum AND b.typtype <> 'd' ORDER BY c.attnum)";

// Not pg_partition_tree: PostgreSQL before 12 has none.
constexpr const char* kPartitions = R"(
WITH RECURSIVE part AS (
  SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = $1::int8::oid
  UNION ALL
  SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN part p ON i.inhparent = p.inhrelid
)
SELECT n.nspname, c.relname, c.relkind, c.relpersistence
FROM part p JOIN pg_catalog.pg_class c ON c.oid = p.inhrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2)";

Result<std::vector<CatalogPartition>> ReadPartitions(Connection& connection, std::int64_t oid) {
  const Rows rows = TRY(connection.Exec(kPartitions, Params().Int64(oid)));
  std::vector<CatalogPartition> partitions;
  for (int i = 0; i < rows.size(); ++i) {
    partitions.push_back(
        {rows.String(i, 0), rows.String(i, 1), rows.Text(i, 2)[0], rows.Text(i, 3)[0]});
  }
  return partitions;
}

Error NoSuchTable(Connection& connection, const std::string& table) {
  const Result<Rows> path =
      connection.Query("SELECT array_to_string(current_schemas(false), ', ')");
  const std::string searched = path.ok() && path->size() > 0 ? path->String(0, 0) : "";
  return ConfigError(
      fmt::format("table {} does not exist in database {} at {} (search path: {})", table,
                  connection.database(), connection.place(), searched),
      "create it, name its schema (schema.table), or for the exercise's user_logins: bauta init "
      "--create-table");
}

}  // namespace

Result<CatalogTable> ReadTable(Connection& connection, const std::string& table) {
  const Result<Rows> found = connection.Exec(kFindTable, Params().Text(table));
  if (!found.ok() && connection.last_failure().sqlstate == "42501") {
    const std::string schema = table.substr(0, table.find('.'));
    return ConfigError(
        fmt::format("user {} may not look into the schema of table {} (SQLSTATE "
                    "42501)",
                    connection.user(), table),
        fmt::format("GRANT USAGE ON SCHEMA {} TO {}; GRANT INSERT ON {} TO {};", schema,
                    QuoteName(connection.user()), table, QuoteName(connection.user())));
  }
  if (!found.ok() && found.error().code == ErrorCode::kConfig) {
    return ConfigError(fmt::format("{} is no table name PostgreSQL can read", table),
                       "write table, schema.table or \"Schema\".\"Table\"");
  }
  if (!found.ok()) return found.error();
  if (found->size() == 0) return NoSuchTable(connection, table);

  CatalogTable result;
  result.schema = found->String(0, 1);
  result.name = found->String(0, 2);
  result.kind = found->Text(0, 3)[0];
  result.persistence = found->Text(0, 4)[0];
  result.row_security = found->Bool(0, 5);
  const Rows rows = TRY(connection.Exec(kColumns, Params().Int64(found->Int(0, 0))));
  for (int i = 0; i < rows.size(); ++i) {
    CatalogColumn column;
    column.name = rows.String(i, 0);
    column.type_oid = static_cast<std::uint32_t>(rows.Int(i, 1));
    column.typmod = static_cast<int>(rows.Int(i, 2));
    column.type_name = rows.String(i, 3);
    column.not_null = rows.Bool(i, 4);
    column.has_default = rows.Bool(i, 5);
    column.identity_always = rows.Bool(i, 6);
    column.generated = rows.Bool(i, 7);
    column.is_enum = rows.Bool(i, 8);
    result.columns.push_back(std::move(column));
  }
  if (result.kind == 'p') result.partitions = TRY(ReadPartitions(connection, found->Int(0, 0)));
  return result;
}

}  // namespace bauta::pg
