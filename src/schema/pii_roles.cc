#include "schema/pii_roles.h"

#include <fmt/format.h>

#include <string_view>

#include "schema/foreign.h"
#include "schema/our_schema.h"

namespace bauta::schema {
namespace {

// As for schema bauta, but that nobody keeps anything: who may read the vault is said below.
constexpr std::string_view kOwner = R"(DO $$DECLARE
  old regrole := (SELECT nspowner FROM pg_namespace WHERE nspname = 'pii');
  what text;
  who text;
BEGIN
  IF old IS NULL THEN
    CREATE SCHEMA pii AUTHORIZATION pii_owner;
    RETURN;
  END IF;
  IF NOT pg_has_role(old, 'pii_owner', 'USAGE') AND NOT pg_has_role(old, 'pii_ingest', 'USAGE')
  THEN
    EXECUTE format('GRANT pii_ingest TO %s', old);
  END IF;
  FOR what IN
    SELECT 'SCHEMA pii' WHERE old <> to_regrole('pii_owner')
    UNION ALL
    SELECT there.what FROM ({0}) AS there (what, owner)
    WHERE there.owner <> to_regrole('pii_owner') AND there.what IN ({1})
  LOOP EXECUTE format('ALTER %s OWNER TO pii_owner', what); END LOOP;
  FOR who IN
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
    FROM (SELECT nspacl FROM pg_namespace WHERE nspname = 'pii'
          UNION ALL SELECT relacl FROM pg_class WHERE relnamespace = 'pii'::regnamespace
          UNION ALL SELECT attacl FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
                    WHERE relnamespace = 'pii'::regnamespace
          UNION ALL SELECT proacl FROM pg_proc WHERE pronamespace = 'pii'::regnamespace
    ) AS o (acl), aclexplode(o.acl) AS a
    WHERE old <> to_regrole('pii_owner') AND a.grantee <> to_regrole('pii_owner')
  LOOP
    EXECUTE format('REVOKE ALL ON SCHEMA pii FROM %s CASCADE', who);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA pii FROM %s CASCADE', who);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pii FROM %s CASCADE', who);
  END LOOP;
END$$;
)";

// Functions are everybody's to execute by default, and a default IN SCHEMA could not take that
// away: it must be the role's.
constexpr const char* kDefaults =
    "ALTER DEFAULT PRIVILEGES FOR ROLE pii_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;\n";

// SELECT (token): for ON CONFLICT.  pii_rekey reads every sealed row: membership only for the run.
constexpr const char* kOthers = R"(GRANT USAGE ON SCHEMA pii
  TO pii_reveal, pii_erase, pii_rekey, pii_auditor;
GRANT SELECT ON pii.meta TO pii_reveal, pii_erase, pii_rekey, pii_auditor;
GRANT EXECUTE ON FUNCTION pii.reveal_request(text, text), pii.reveal_fetch(bigint),
  pii.reveal_fetch(bigint[]) TO pii_reveal;
GRANT SELECT (token, domain, kid, recipient, first_seen) ON pii.vault TO pii_erase;
GRANT SELECT ON pii.token_alias TO pii_erase, pii_reveal;
GRANT EXECUTE ON FUNCTION pii.erase(text, text, text), pii.expire(text[], text) TO pii_erase;
GRANT SELECT, INSERT, DELETE ON pii.vault, pii.token_alias TO pii_rekey;
GRANT UPDATE (recipient, sealed) ON pii.vault TO pii_rekey;
GRANT SELECT, UPDATE (n) ON pii.generation TO pii_rekey;
GRANT USAGE ON SCHEMA pii TO bauta_operator;
GRANT EXECUTE ON FUNCTION pii.log(text, text, text)
  TO pii_reveal, pii_erase, pii_rekey, bauta_operator;
GRANT SELECT ON pii.audit, pii.audit_head, pii.anchor TO pii_auditor;
GRANT EXECUTE ON FUNCTION pii.audit_verify(), pii.anchor_head(text), pii._field(text),
  pii._row_hash(bytea, bigint, timestamptz, text, text, text, text) TO pii_auditor;
DO $$BEGIN
  IF to_regprocedure('pii._sha256(bytea)') IS NOT NULL THEN
    GRANT EXECUTE ON FUNCTION pii._sha256(bytea) TO pii_auditor;
  END IF;
END$$;
)";

// Changes when anything is granted in schema pii.
constexpr const char* kPrivileges =
    "SELECT md5(concat(n.nspacl::text, "
    "(SELECT string_agg(c.relacl::text, ',' ORDER BY c.oid) FROM pg_catalog.pg_class c "
    "WHERE c.relnamespace = n.oid), "
    "(SELECT string_agg(a.attacl::text, ',' ORDER BY a.attrelid, a.attnum) "
    "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
    "WHERE c.relnamespace = n.oid), "
    "(SELECT string_agg(p.proacl::text, ',' ORDER BY p.oid) FROM pg_catalog.pg_proc p "
    "WHERE p.pronamespace = n.oid))) FROM pg_catalog.pg_namespace n WHERE n.nspname = 'pii'";

std::string OwnerSql() { return fmt::format(kOwner, ThereSql(kPii), kPii.ours); }

}  // namespace

const OurSchema kPii{"pii", "pii_owner", R"(
  SELECT 'TABLE pii.' || unnest(ARRAY['meta', 'vault', 'token_alias', 'erased', 'generation',
                                      'audit', 'audit_head', 'anchor'])
  UNION ALL
  VALUES ('FUNCTION pii._sha256(bytea)'), ('FUNCTION pii._field(text)'),
         ('FUNCTION pii._row_hash(bytea, bigint, timestamp with time zone, text, text, text, text)'),
         ('FUNCTION pii._audit(text, text, text)'), ('FUNCTION pii._reason(text)'),
         ('FUNCTION pii._token(text)'), ('FUNCTION pii._committed(bigint[], text)'),
         ('FUNCTION pii.reveal_request(text, text)'), ('FUNCTION pii.reveal_fetch(bigint)'),
         ('FUNCTION pii.reveal_fetch(bigint[])'),
         ('FUNCTION pii.log(text, text, text)'), ('FUNCTION pii.erase(text, text, text)'),
         ('FUNCTION pii.expire(text[], text)'),
         ('FUNCTION pii.anchor_head(text)'), ('FUNCTION pii.audit_verify()'))"};

Result<> TakePii(pg::Connection& connection, std::vector<std::string>& did) {
  const pg::Rows before = TRY(connection.Query(
      "SELECT pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'pii'"));
  const Result<pg::Rows> given = connection.Query(OwnerSql());
  const bool taken = before.size() > 0 && before.Text(0, 0) != kPii.owner;
  if (!given.ok() && connection.last_failure().sqlstate == "42501" && before.size() > 0) {
    return ConfigError(fmt::format("user {} may not give schema pii to pii_owner: {}",
                                   connection.user(), given.error().message),
                       fmt::format("run `bauta init --roles` as its owner, {}, or as a superuser",
                                   before.Text(0, 0)));
  }
  if (!given.ok()) return given.error();
  if (taken) {
    did.push_back(fmt::format("schema pii belongs to pii_owner now; {} had it", before.Text(0, 0)));
  }
  return RefuseForeign(connection, kPii);
}

Result<> GrantPiiRoles(pg::Connection& connection, std::vector<std::string>& did) {
  const std::string before = TRY(connection.Query(kPrivileges)).String(0, 0);
  TRY(connection.Query(GrantPiiRolesSql()));
  const std::string after = TRY(connection.Query(kPrivileges)).String(0, 0);
  if (before != after) did.emplace_back("granted the roles of schema pii what they need");
  return Ok();
}

std::string MakePiiRolesSql() { return OwnerSql() + RefuseForeignSql(kPii); }

std::string GrantPiiRolesSql() { return kDefaults + PiiIngestGrants("pii_ingest") + kOthers; }

std::string PiiIngestGrants(const std::string& role) {
  return fmt::format(
      "GRANT USAGE ON SCHEMA pii TO {0};\n"
      "GRANT INSERT (token, domain, kid, recipient, sealed), SELECT (token) ON pii.vault TO {0};\n"
      "GRANT INSERT (old_token, new_token, domain), SELECT (old_token) ON pii.token_alias TO {0};\n"
      "GRANT SELECT ON pii.meta, pii.erased, pii.generation TO {0};\n",
      role);
}

}  // namespace bauta::schema
