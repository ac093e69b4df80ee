#include "schema/roles.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string_view>

#include "pg/params.h"
#include "schema/foreign.h"
#include "schema/grants.h"
#include "schema/schema.h"

namespace bauta::schema {
namespace {

// Another database of the cluster may be making them too, where our lock is not seen.
constexpr std::array<std::string_view, 9> kNames = {"bauta_owner", "bauta_ingest", "bauta_operator",
                                                    "pii_owner",   "pii_ingest",   "pii_reveal",
                                                    "pii_erase",   "pii_rekey",    "pii_auditor"};
constexpr std::string_view kRoles = R"(DO $$DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['{}'] LOOP
    CONTINUE WHEN to_regrole(r) IS NOT NULL;
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', r);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END LOOP;
  FOREACH r IN ARRAY ARRAY['bauta_owner', 'pii_owner'] LOOP
    IF NOT pg_has_role(current_user, r, 'USAGE') THEN
      EXECUTE format('GRANT %I TO %I', r, current_user);
    END IF;
  END LOOP;
  IF NOT pg_has_role('bauta_operator', 'bauta_ingest', 'USAGE') THEN
    GRANT bauta_ingest TO bauta_operator;
  END IF;
  IF NOT pg_has_role('bauta_ingest', 'pii_ingest', 'USAGE') THEN
    GRANT pii_ingest TO bauta_ingest;
  END IF;
END$$;
)";

// The schema first: the new owner of a table needs CREATE on its schema.  Only what is ours, and
// the view's text anew (the functions' comes with CreateSql).  What lets others change our tables
// ends with the old owner's time.
constexpr std::string_view kOwner = R"(DO $$DECLARE
  old regrole := (SELECT nspowner FROM pg_namespace WHERE nspname = 'bauta');
  what text;
BEGIN
  IF old IS NULL THEN
    CREATE SCHEMA bauta AUTHORIZATION bauta_owner;
    RETURN;
  END IF;
  IF NOT pg_has_role(old, 'bauta_owner', 'USAGE') AND NOT pg_has_role(old, 'bauta_ingest', 'USAGE')
  THEN
    EXECUTE format('GRANT bauta_ingest TO %s', old);
  END IF;
  IF (SELECT relowner <> to_regrole('bauta_owner') FROM pg_class
      WHERE oid = to_regclass('bauta.fate')) THEN
    {0};
  END IF;
  FOR what IN
    SELECT 'SCHEMA bauta' WHERE old <> to_regrole('bauta_owner')
    UNION ALL
    SELECT there.what FROM ({1}) AS there (what, owner)
    WHERE there.owner <> to_regrole('bauta_owner') AND there.what IN ({2})
  LOOP EXECUTE format('ALTER %s OWNER TO bauta_owner', what); END LOOP;
  FOR what IN
    SELECT DISTINCT format('REVOKE %s ON %s FROM %s CASCADE', a.privilege_type, o.name,
                           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
    FROM (SELECT 'SCHEMA bauta', nspacl FROM pg_namespace WHERE nspname = 'bauta'
          UNION ALL
          SELECT format('TABLE bauta.%I', relname), granted.acl
          FROM pg_class c CROSS JOIN LATERAL (
            SELECT c.relacl UNION ALL SELECT attacl FROM pg_attribute WHERE attrelid = c.oid
          ) AS granted (acl)
          WHERE relnamespace = to_regnamespace('bauta') AND relkind IN ('r', 'p', 'v')
    ) AS o (name, acl), aclexplode(o.acl) AS a
    WHERE old <> to_regrole('bauta_owner') AND a.grantee <> to_regrole('bauta_owner')
      AND a.privilege_type IN ('CREATE', 'TRIGGER', 'REFERENCES', 'DELETE', 'TRUNCATE', 'UPDATE')
      AND NOT (a.privilege_type = 'UPDATE' AND o.name = 'TABLE bauta.quarantine')
  LOOP EXECUTE what; END LOOP;
END$$;
)";

// Only what is missing: who may not grant need not, once the table's owner did.
constexpr const char* kTarget = R"(DO $$DECLARE
  target regclass := to_regclass(current_setting('bauta.target'));
  what text;
BEGIN
  IF target IS NULL THEN
    RAISE WARNING 'there is no target table yet: repeat this when it is there';
    RETURN;
  END IF;
  FOR what IN
    SELECT format('USAGE ON SCHEMA %I', n.nspname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = target AND NOT has_schema_privilege('bauta_ingest', n.oid, 'USAGE')
    UNION ALL
    SELECT format('INSERT ON %s', target)
    WHERE NOT has_table_privilege('bauta_ingest', target, 'INSERT')
    UNION ALL
    SELECT format('USAGE ON SEQUENCE %s', s.oid::regclass)
    FROM pg_attrdef d JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
    JOIN pg_class s ON p.refclassid = 'pg_class'::regclass AND s.oid = p.refobjid
    WHERE d.adrelid = target AND CASE WHEN s.relkind = 'S' THEN
      NOT has_sequence_privilege('bauta_ingest', s.oid, 'USAGE, UPDATE') END
  LOOP EXECUTE format('GRANT %s TO bauta_ingest', what); END LOOP;
END$$;
)";

// Changes when anything is granted in schema bauta.
constexpr const char* kPrivileges =
    "SELECT md5(concat(n.nspacl::text, "
    "(SELECT string_agg(c.relacl::text, ',' ORDER BY c.oid) FROM pg_catalog.pg_class c "
    "WHERE c.relnamespace = n.oid), "
    "(SELECT string_agg(a.attacl::text, ',' ORDER BY a.attrelid, a.attnum) "
    "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
    "WHERE c.relnamespace = n.oid), "
    "(SELECT string_agg(p.proacl::text, ',' ORDER BY p.oid) FROM pg_catalog.pg_proc p "
    "WHERE p.pronamespace = n.oid))) FROM pg_catalog.pg_namespace n WHERE n.nspname = 'bauta'";

constexpr const char* kWhoHasTarget =
    "SELECT pg_get_userbyid(c.relowner), c.oid::regclass::text, "
    "has_table_privilege('bauta_ingest', c.oid, 'INSERT') "
    "FROM pg_catalog.pg_class c WHERE c.oid = to_regclass($1)";

std::string RolesSql() { return fmt::format(kRoles, fmt::join(kNames, "', '")); }

std::string OwnerSql() { return fmt::format(kOwner, kFateView, ThereSql(kBauta), kBauta.ours); }

Error MayNotMakeRoles(const pg::Connection& connection, const Error& error) {
  return ConfigError(
      fmt::format("user {} may not make the roles: {}", connection.user(), error.message),
      fmt::format(
          "let a superuser run `bauta init --roles`, or say: CREATE ROLE {}; GRANT bauta_ingest TO "
          "bauta_operator; GRANT pii_ingest TO bauta_ingest; GRANT bauta_owner, pii_owner "
          "TO {};",
          fmt::join(kNames, "; CREATE ROLE "), pg::QuoteName(connection.user())));
}

Result<std::string> OwnerOfSchema(pg::Connection& connection) {
  const pg::Rows rows = TRY(connection.Query(
      "SELECT pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'bauta'"));
  return rows.size() == 0 ? std::string() : rows.String(0, 0);
}

bool IsRefused(const pg::Connection& connection) {
  return connection.last_failure().sqlstate == "42501";
}

}  // namespace

Result<> CreateRoles(pg::Connection& connection, std::vector<std::string>& did) {
  const pg::Rows missing = TRY(connection.Query(
      fmt::format("SELECT r FROM unnest(ARRAY['{}']) r WHERE to_regrole(r) IS NULL",
                  fmt::join(kNames, "', '"))));
  const Result<pg::Rows> made = connection.Query(RolesSql());
  if (!made.ok() && IsRefused(connection)) return MayNotMakeRoles(connection, made.error());
  if (!made.ok()) return made.error();
  for (int i = 0; i < missing.size(); ++i) did.push_back("created role " + missing.String(i, 0));
  return Ok();
}

Result<> MakeRoles(pg::Connection& connection, std::vector<std::string>& did) {
  TRY(CreateRoles(connection, did));
  const std::string before = TRY(OwnerOfSchema(connection));
  const Result<pg::Rows> given = connection.Query(OwnerSql());
  if (!given.ok() && IsRefused(connection) && !before.empty()) {
    return ConfigError(
        fmt::format("user {} may not give schema bauta to bauta_owner: {}", connection.user(),
                    given.error().message),
        fmt::format("run `bauta init --roles` as its owner, {}, or as a superuser", before));
  }
  if (!given.ok()) return given.error();
  if (!before.empty() && before != "bauta_owner") {
    did.push_back(fmt::format("schema bauta belongs to bauta_owner now; {} had it", before));
  }
  return RefuseForeign(connection, kBauta);
}

Result<> GrantRoles(pg::Connection& connection, std::vector<std::string>& did) {
  const std::string before = TRY(connection.Query(kPrivileges)).String(0, 0);
  TRY(connection.Query(GrantRolesSql()));
  const std::string after = TRY(connection.Query(kPrivileges)).String(0, 0);
  if (before != after) did.emplace_back("granted bauta_ingest and bauta_operator what they need");
  return Ok();
}

Result<> GrantTarget(pg::Connection& connection, const std::string& table,
                     std::vector<std::string>& did) {
  const pg::Rows before = TRY(connection.Exec(kWhoHasTarget, pg::Params().Text(table)));
  if (before.size() == 0) return Ok();
  const Result<pg::Rows> granted = connection.Query(GrantTargetSql(table));
  if (!granted.ok() && !IsRefused(connection)) return granted.error();
  // Some who may not grant get no more than a warning.
  if (granted.ok()) {
    const pg::Rows after = TRY(connection.Exec(kWhoHasTarget, pg::Params().Text(table)));
    if (after.Bool(0, 2)) {
      if (!before.Bool(0, 2)) did.push_back("granted bauta_ingest INSERT on " + after.String(0, 1));
      return Ok();
    }
  }
  return ConfigError(
      fmt::format("user {} may not grant on table {}", connection.user(), table),
      fmt::format("let its owner, {}, say: GRANT INSERT ON {} TO bauta_ingest; (and USAGE on its "
                  "schema and on the sequences of its defaults), then repeat `bauta init --roles`",
                  before.Text(0, 0), before.Text(0, 1)));
}

std::string MakeRolesSql() { return RolesSql() + OwnerSql() + RefuseForeignSql(kBauta); }

std::string GrantRolesSql() {
  return IngestGrants("bauta_ingest") + OperatorGrants("bauta_operator") +
         EraserGrants("pii_erase") + RevealerGrants("pii_reveal");
}

std::string GrantTargetSql(const std::string& table) {
  return fmt::format("SELECT set_config('bauta.target', {}, true);\n{}", pg::QuoteLiteral(table),
                     kTarget);
}

}  // namespace bauta::schema
