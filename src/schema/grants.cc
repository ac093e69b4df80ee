#include "schema/grants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <string_view>

#include "pg/our_schema.h"
#include "pg/params.h"

namespace bauta::schema {
namespace {

struct Grant {
  const char *privileges, *objects;  // Of one kind; as GRANT takes them.
};

// Not the sealed bodies: whoever fills a table need not read what was refused.
constexpr std::array<Grant, 8> kIngest = {{
    {"USAGE", "SCHEMA bauta"},
    {"SELECT", "bauta.meta, bauta.pipeline, bauta.key, bauta.masked_column, bauta.fate"},
    {"SELECT, INSERT", "bauta.ledger, bauta.batch"},
    {"SELECT (key, pipeline, body_tag), INSERT", "bauta.event_key"},
    {"INSERT", "bauta.quarantine"},
    {"SELECT (id, pipeline, sent_ms, message_id, item, message_id_text, reason, column_name, "
     "sqlstate, constraint_name, receive_count, recipient, at, state, state_at, state_by)",
     "bauta.quarantine"},
    {"EXECUTE", "FUNCTION bauta.expire(integer)"},
    {"EXECUTE", "FUNCTION bauta.expire_rest()"},
}};

constexpr std::array<Grant, 1> kOperator = {{
    {"SELECT, UPDATE (reason, column_name, sqlstate, constraint_name, sealed, state, state_at, "
     "state_by)",
     "bauta.quarantine"},
}};

// Where tokens stand and by which keys they may be, and until when the quarantine keeps bodies; not
// what they hold.
constexpr std::array<Grant, 4> kEraser = {{
    {"USAGE", "SCHEMA bauta"},
    {"SELECT", "bauta.meta, bauta.pipeline, bauta.key, bauta.masked_column"},
    {"SELECT (id, pipeline, at, state, recipient)", "bauta.quarantine"},
    {"EXECUTE", "FUNCTION bauta.expire_rest()"},
}};

// By which key a column was made, where its values do not say it.
constexpr std::array<Grant, 2> kRevealer = {{
    {"USAGE", "SCHEMA bauta"},
    {"SELECT", "bauta.meta, bauta.pipeline, bauta.key, bauta.masked_column"},
}};

// By oid: asking by name needs USAGE on the schema.
constexpr const char* kMissing = R"(
WITH ours AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'bauta'),
wanted (name, privilege, columns) AS (VALUES
  ('meta', 'SELECT', NULL::text[]), ('pipeline', 'SELECT', NULL), ('key', 'SELECT', NULL),
  ('masked_column', 'SELECT', NULL), ('ledger', 'SELECT', NULL), ('ledger', 'INSERT', NULL),
  ('batch', 'SELECT', NULL), ('batch', 'INSERT', NULL), ('quarantine', 'INSERT', NULL),
  ('event_key', 'INSERT', NULL), ('event_key', 'SELECT', '{key,pipeline,body_tag}'),
  ('quarantine', 'SELECT', '{pipeline,sent_ms,message_id,item,reason,state}'))
SELECT 'USAGE', 'SCHEMA bauta' FROM ours WHERE NOT has_schema_privilege(oid, 'USAGE')
UNION ALL
(SELECT string_agg(w.privilege || coalesce(' (' || array_to_string(w.columns, ', ') || ')', ''),
                   ', ' ORDER BY w.privilege DESC), 'bauta.' || c.relname
 FROM ours JOIN pg_catalog.pg_class c ON c.relnamespace = ours.oid
 JOIN wanted w ON w.name = c.relname
 WHERE CASE WHEN w.columns IS NULL THEN NOT has_table_privilege(c.oid, w.privilege)
            ELSE EXISTS (SELECT FROM unnest(w.columns) AS u(name)
                         WHERE NOT has_column_privilege(c.oid, u.name, w.privilege)) END
 GROUP BY c.relname ORDER BY c.relname)
UNION ALL
(SELECT 'EXECUTE', format('FUNCTION bauta.%s(%s)', p.proname,
                          pg_catalog.pg_get_function_identity_arguments(p.oid))
 FROM ours JOIN pg_catalog.pg_proc p ON p.pronamespace = ours.oid
 WHERE p.proname IN ('expire', 'expire_rest') AND NOT has_function_privilege(p.oid, 'EXECUTE')
 ORDER BY 2))";

constexpr const char* kMissingOfVault = R"(
WITH ours AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'pii'),
wanted (name, privilege, columns) AS (VALUES
  ('vault', 'INSERT', '{token,domain,kid,recipient,sealed}'::text[]), ('vault', 'SELECT', '{token}'),
  ('generation', 'SELECT', '{n}'), ('erased', 'SELECT', '{token_or_subject,erased_at}'), ('meta', 'SELECT', '{schema_version}'))
SELECT 'USAGE', 'SCHEMA pii' FROM ours WHERE NOT has_schema_privilege(oid, 'USAGE')
UNION ALL
(SELECT string_agg(format('%s (%s)', w.privilege, array_to_string(w.columns, ', ')), ', '
                   ORDER BY w.privilege DESC), 'pii.' || c.relname
 FROM ours JOIN pg_catalog.pg_class c ON c.relnamespace = ours.oid
 JOIN wanted w ON w.name = c.relname
 WHERE EXISTS (SELECT FROM unnest(w.columns) AS u(name)
               WHERE NOT has_column_privilege(c.oid, u.name, w.privilege))
 GROUP BY c.relname ORDER BY c.relname))";

// An identity's sequence asks for nothing; a serial's does.
constexpr const char* kMissingOnTarget = R"(
WITH target AS (
  SELECT c.oid, c.relname, n.oid AS schema, n.nspname
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2)
SELECT 'USAGE', format('SCHEMA %I', nspname) FROM target
WHERE NOT has_schema_privilege(schema, 'USAGE')
UNION ALL
SELECT 'INSERT', format('%I.%I', nspname, relname) FROM target t
WHERE EXISTS (SELECT FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = t.oid AND a.attnum > 0 AND a.attname::text = ANY ($3)
                AND NOT has_column_privilege(t.oid, a.attnum, 'INSERT'))
UNION ALL
(SELECT DISTINCT 'USAGE', format('SEQUENCE %I.%I', n.nspname, s.relname)
 FROM target t JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.oid
 JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.adnum
 JOIN pg_catalog.pg_depend p ON p.classid = 'pg_catalog.pg_attrdef'::regclass
   AND p.objid = d.oid AND p.refclassid = 'pg_catalog.pg_class'::regclass
 JOIN pg_catalog.pg_class s ON s.oid = p.refobjid
 JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
 WHERE a.attname::text <> ALL ($3) AND CASE WHEN s.relkind = 'S' THEN
   NOT has_sequence_privilege(s.oid, 'USAGE, UPDATE') END
 ORDER BY 2))";

constexpr const char* kExcess = R"(
WITH me AS (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user
            AND EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname IN ('bauta', 'pii')
                        AND pg_get_userbyid(nspowner) IN ('bauta_owner', 'pii_owner'))),
can (name, privilege) AS (
  SELECT format('%I.%I', n.nspname, c.relname), p.privilege
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN (VALUES (1, 'SELECT'), (2, 'UPDATE'), (3, 'DELETE'), (4, 'TRUNCATE')) p (i, privilege)
  WHERE CASE WHEN n.nspname = $1 AND c.relname = $2 THEN true
             WHEN n.nspname = 'pii' THEN c.relkind = 'r' AND p.privilege <> 'SELECT'
             WHEN n.nspname <> 'bauta' THEN false
             WHEN c.relname IN ('ledger', 'batch', 'meta', 'key') THEN p.privilege <> 'SELECT'
             ELSE c.relname = 'quarantine' AND p.privilege <> 'SELECT' END
    AND CASE WHEN p.privilege IN ('SELECT', 'UPDATE') THEN has_any_column_privilege(c.oid, p.privilege)
             ELSE has_table_privilege(c.oid, p.privilege) END
  UNION ALL
  SELECT 'bauta.quarantine', 'SELECT (sealed)' FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'bauta' AND c.relname = 'quarantine'
    AND has_column_privilege(c.oid, 'sealed', 'SELECT')
  UNION ALL
  SELECT 'pii.vault', 'SELECT (sealed)' FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'pii' AND c.relname = 'vault'
    AND has_column_privilege(c.oid, 'sealed', 'SELECT'))
SELECT 'is a superuser' FROM me WHERE rolsuper
UNION ALL
(SELECT 'may ' || string_agg(privilege, ', ' ORDER BY privilege) || ' on ' || name
 FROM can, me WHERE NOT rolsuper GROUP BY name ORDER BY name))";

std::string Line(std::string_view privileges, std::string_view objects, std::string_view role) {
  return fmt::format("GRANT {} ON {} TO {};", privileges, objects, role);
}

template <std::size_t n>
std::string Lines(const std::array<Grant, n>& grants, const std::string& role) {
  std::string lines;
  for (const Grant& grant : grants) lines += Line(grant.privileges, grant.objects, role) + '\n';
  return lines;
}

// Who should be granted what this user lacks, and what else would help.
struct Cure {
  std::string role, instead;
};

Result<Cure> FindCure(pg::Connection& connection, const std::string& role = "bauta_ingest") {
  const std::string user = pg::QuoteName(connection.user());
  const pg::Rows rows = TRY(
      connection.Exec("SELECT pg_has_role(to_regrole($1)::oid, 'USAGE')", pg::Params().Text(role)));
  if (rows.IsNull(0, 0)) return Cure{user, ""};
  if (rows.Bool(0, 0)) return Cure{role, ""};
  return Cure{user, fmt::format("GRANT {} TO {}; or ", role, user)};
}

// `missing`: privileges and objects.
Error Lacks(const pg::Connection& connection, const pg::Rows& missing, const Cure& cure) {
  std::string lacks, grants;
  for (int i = 0; i < missing.size(); ++i) {
    lacks += fmt::format("{}{} on {}", i == 0 ? "" : ", ", missing.Text(i, 0), missing.Text(i, 1));
    grants += (i == 0 ? "" : " ") + Line(missing.Text(i, 0), missing.Text(i, 1), cure.role);
  }
  return ConfigError(fmt::format("user {} lacks {} in database {} (SQLSTATE 42501)",
                                 connection.user(), lacks, connection.database()),
                     fmt::format("let its owner say: {}{}", cure.instead, grants));
}

}  // namespace

Result<> CheckGrants(pg::Connection& connection) {
  const pg::Rows missing = TRY(connection.Query(kMissing));
  if (missing.size() == 0) return Ok();
  return Lacks(connection, missing, TRY(FindCure(connection)));
}

Result<> CheckInsert(pg::Connection& connection, const std::string& schema,
                     const std::string& table, const std::vector<std::string>& columns) {
  const std::vector<std::optional<std::string_view>> names(columns.begin(), columns.end());
  const pg::Rows missing =
      TRY(connection.Exec(kMissingOnTarget, pg::Params().Text(schema).Text(table).Texts(names)));
  if (missing.size() == 0) return Ok();
  return Lacks(connection, missing, TRY(FindCure(connection)));
}

Result<> CheckVault(pg::Connection& connection) {
  const pg::Rows there =
      TRY(connection.Query("SELECT 1 FROM pg_catalog.pg_class c JOIN "
                           "pg_catalog.pg_namespace n ON n.oid = "
                           "c.relnamespace WHERE n.nspname = 'pii' AND "
                           "c.relname IN ('vault', 'meta', 'generation')"));
  if (there.size() != 3) {
    return ConfigError(fmt::format("database {} has no schema pii", connection.database()),
                       "run `bauta init`: it makes the vault where a column has one");
  }
  const pg::Rows missing = TRY(connection.Query(kMissingOfVault));
  if (missing.size() > 0)
    return Lacks(connection, missing, TRY(FindCure(connection, "pii_ingest")));
  const pg::Rows rows = TRY(connection.Query("SELECT schema_version FROM pii.meta"));
  const std::int64_t version = rows.size() == 0 ? 0 : rows.Int(0, 0);
  if (version < pg::kPiiSchemaVersion) {
    return ConfigError(fmt::format("schema pii has version {}, this program wants {}", version,
                                   pg::kPiiSchemaVersion),
                       "run `bauta init`");
  }
  if (version > pg::kPiiSchemaVersion + 1) {
    return ConfigError(fmt::format("schema pii was upgraded to version {}, this program knows {}",
                                   version, pg::kPiiSchemaVersion),
                       "use a newer bauta");
  }
  return Ok();
}

Result<std::vector<std::string>> Excess(pg::Connection& connection, const std::string& schema,
                                        const std::string& table) {
  const pg::Rows rows = TRY(connection.Exec(kExcess, pg::Params().Text(schema).Text(table)));
  std::vector<std::string> excess;
  for (int i = 0; i < rows.size(); ++i) excess.push_back(rows.String(i, 0));
  return excess;
}

std::string IngestGrants(const std::string& role) { return Lines(kIngest, role); }

std::string OperatorGrants(const std::string& role) { return Lines(kOperator, role); }

std::string EraserGrants(const std::string& role) { return Lines(kEraser, role); }

std::string RevealerGrants(const std::string& role) { return Lines(kRevealer, role); }

}  // namespace bauta::schema
