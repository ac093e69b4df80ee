#include "schema/foreign.h"

#include <fmt/format.h>

#include <string_view>

#include "schema/schema.h"

namespace bauta::schema {
namespace {

// What of our tables depends on anything outside the schema may call it.  Of PostgreSQL's own
// functions, on which nothing is said to depend, some run a query that they are given: ours call
// now() and its day alone (":funcformat 0" is a call, others are casts).
constexpr std::string_view kForeign = R"(
WITH ours (what) AS ({0}), there (what, owner) AS ({1}),
relation AS (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace('{2}')),
code (class, object, tree) AS (
  SELECT 'pg_constraint'::regclass, oid, conbin::text FROM pg_constraint
  WHERE conrelid IN (SELECT oid FROM relation)
  UNION ALL
  SELECT 'pg_attrdef'::regclass, oid,
         CASE WHEN pg_get_expr(adbin, adrelid) IN ('now()', '((now() AT TIME ZONE ''UTC''::text))::date',
         '(timezone(''UTC''::text, now()))::date') THEN '' ELSE adbin::text END
  FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM relation)
  UNION ALL
  SELECT 'pg_class'::regclass, indexrelid, concat(indexprs::text, indpred::text) FROM pg_index
  WHERE indrelid IN (SELECT oid FROM relation)),
part (class, object) AS (
  SELECT class, object FROM code
  UNION
  SELECT 'pg_class'::regclass, oid FROM relation
  UNION
  SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM relation)
  UNION
  SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext
  WHERE stxrelid IN (SELECT oid FROM relation))
SELECT lower(left(what, strpos(what, ' {2}.'))) || substr(what, strpos(what, '{2}.')) FROM there
WHERE what NOT IN (SELECT what FROM ours)
UNION
SELECT pg_describe_object('pg_trigger'::regclass, oid, 0) FROM pg_trigger
WHERE tgrelid IN (SELECT oid FROM relation) AND NOT tgisinternal
UNION
SELECT pg_describe_object('pg_rewrite'::regclass, oid, 0) FROM pg_rewrite
WHERE ev_class IN (SELECT oid FROM relation) AND rulename <> '_RETURN'
UNION
SELECT pg_describe_object('pg_policy'::regclass, oid, 0) FROM pg_policy
WHERE polrelid IN (SELECT oid FROM relation)
UNION
SELECT 'partition ' || inhrelid::regclass FROM pg_inherits
WHERE inhparent IN (SELECT oid FROM relation) AND inhrelid NOT IN (SELECT oid FROM relation)
UNION
SELECT pg_describe_object(class, object, 0) FROM code WHERE strpos(tree, ':funcformat 0') > 0
UNION
SELECT pg_describe_object(class, object, 0)
FROM part JOIN pg_depend d ON d.classid = class AND d.objid = object
WHERE NOT EXISTS (
  SELECT FROM relation WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = relation.oid)
AND NOT EXISTS (
  SELECT FROM part p WHERE d.refclassid = p.class AND d.refobjid = p.object)
AND NOT (d.refclassid = 'pg_namespace'::regclass AND d.refobjid = to_regnamespace('{2}'))
ORDER BY 1)";

constexpr std::string_view kHint =
    "who owned the schema may have put it there: drop it, or move it to another schema (ALTER ... "
    "SET SCHEMA), then repeat `bauta init --roles`";

std::string ForeignSql(const OurSchema& schema) {
  return fmt::format(kForeign, schema.ours, ThereSql(schema), schema.name);
}

constexpr std::string_view kThere = R"(
  SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
         WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END || format(' {0}.%I', relname), relowner
  FROM pg_class
  WHERE relnamespace = to_regnamespace('{0}') AND relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION ALL
  SELECT format('FUNCTION {0}.%I(%s)', proname, oidvectortypes(proargtypes)), proowner
  FROM pg_proc WHERE pronamespace = to_regnamespace('{0}'))";

}  // namespace

std::string ThereSql(const OurSchema& schema) { return fmt::format(kThere, schema.name); }

Result<> RefuseForeign(pg::Connection& connection, const OurSchema& schema) {
  const pg::Rows rows = TRY(connection.Query(ForeignSql(schema)));
  if (rows.size() == 0) return Ok();
  std::string list;
  for (int i = 0; i < rows.size(); ++i) list += (i == 0 ? "" : ", ") + rows.String(i, 0);
  return ConfigError(fmt::format("schema {} holds what Bauta did not make, and {} must not: {}",
                                 schema.name, schema.owner, list),
                     std::string(kHint));
}

std::string RefuseForeignSql(const OurSchema& schema) {
  return fmt::format(R"(DO $$DECLARE
  foreign_objects text := (SELECT string_agg(f.what, ', ') FROM ({0}) AS f (what));
BEGIN
  IF foreign_objects IS NOT NULL THEN
    RAISE EXCEPTION 'schema {2} holds what Bauta did not make, and {3} must not: %',
      foreign_objects USING HINT = '{1}';
  END IF;
END$$;
)",
                     ForeignSql(schema), kHint, schema.name, schema.owner);
}

}  // namespace bauta::schema
