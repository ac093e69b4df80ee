#include "schema/schema.h"

#include <fmt/format.h>

#include "pg/params.h"
#include "schema/our_schema.h"
#include "schema/pii_roles.h"
#include "schema/pii_sql.h"
#include "schema/roles.h"

namespace bauta::schema {
namespace {

constexpr const char* kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL client_min_messages = warning; "
    "SET LOCAL lock_timeout = '60s'; SET LOCAL synchronous_commit = on; "
    "SELECT pg_advisory_xact_lock(1650554225, 1)";

// What is made of a schema of ours.
struct Recipe {
  const OurSchema& schema;
  int version;
  std::string (*sql)(int server_version);
};
const Recipe kBautaRecipe{kBauta, kSchemaVersion, CreateSql};
const Recipe kPiiRecipe{kPii, pg::kPiiSchemaVersion, CreatePiiSql};

Error NewerSchema(const Recipe& recipe, std::int64_t version) {
  return ConfigError(fmt::format("schema {} has version {}, this program knows {}",
                                 recipe.schema.name, version, recipe.version),
                     fmt::format("use a newer bauta: this one makes version {}", recipe.version));
}

Result<bool> HasTable(pg::Connection& connection, const std::string& name) {
  const pg::Rows rows =
      TRY(connection.Exec("SELECT to_regclass($1) IS NOT NULL", pg::Params().Text(name)));
  return rows.Bool(0, 0);
}

// `again`: also where the version is ours.
Result<> CreateSchema(pg::Connection& connection, const Recipe& recipe, bool again,
                      std::vector<std::string>& did) {
  const std::string name = recipe.schema.name;
  const std::string sql = recipe.sql(connection.server_version());
  if (!TRY(HasTable(connection, name + ".meta"))) {
    TRY(connection.Query(sql));
    did.push_back(fmt::format("created schema {} (version {})", name, recipe.version));
    return Ok();
  }
  const pg::Rows rows =
      TRY(connection.Query(fmt::format("SELECT schema_version FROM {}.meta", name)));
  const std::int64_t version = rows.size() == 0 ? 0 : rows.Int(0, 0);
  if (version > recipe.version) return NewerSchema(recipe, version);
  if (version == recipe.version && !again) return Ok();
  TRY(connection.Query(sql));
  if (version == recipe.version) return Ok();
  did.push_back(
      fmt::format("upgraded schema {} from version {} to {}", name, version, recipe.version));
  return Ok();
}

Result<> CreateTable(pg::Connection& connection, std::vector<std::string>& did) {
  if (TRY(HasTable(connection, "user_logins"))) return Ok();
  const Result<pg::Rows> created = connection.Query(kUserLogins);
  if (!created.ok() && connection.last_failure().sqlstate == "42501") {
    return ConfigError("creating table user_logins: " + created.error().message,
                       fmt::format("let the schema's owner say: GRANT CREATE ON SCHEMA public TO "
                                   "{}; or make the table yourself: bauta init --create-table "
                                   "--print-sql shows how",
                                   pg::QuoteName(connection.user())));
  }
  if (!created.ok()) return created.error();
  did.emplace_back("created table user_logins");
  return Ok();
}

// So that what is made belongs to whom the schema does.  Who may not is refused where he changes
// something.
Result<> BecomeOwner(pg::Connection& connection, const OurSchema& schema) {
  const pg::Rows owner = TRY(connection.Query(
      fmt::format("SELECT pg_get_userbyid(nspowner), pg_has_role(nspowner, CASE WHEN "
                  "current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' "
                  "END) FROM pg_catalog.pg_namespace WHERE nspname = '{}'",
                  schema.name)));
  if (owner.size() == 0 || !owner.Bool(0, 1)) return Ok();
  TRY(connection.Query("SET LOCAL ROLE " + pg::QuoteName(owner.Text(0, 0))));
  return Ok();
}

Result<> MakePii(pg::Connection& connection, bool roles, std::vector<std::string>& did) {
  if (roles) TRY(TakePii(connection, did));
  TRY(BecomeOwner(connection, kPii));
  TRY(CreateSchema(connection, kPiiRecipe, roles, did));
  if (roles) TRY(GrantPiiRoles(connection, did));
  TRY(connection.Query("SET LOCAL ROLE NONE"));
  return Ok();
}

// `work` is the schema that is in hand, for messages.
Result<std::vector<std::string>> InTransaction(pg::Connection& connection, const Registry& registry,
                                               const InitOptions& options, std::string* setting,
                                               const OurSchema*& work) {
  std::vector<std::string> did;
  TRY(connection.Query(kBegin));
  if (options.roles) TRY(MakeRoles(connection, did));
  TRY(BecomeOwner(connection, kBauta));
  TRY(CreateSchema(connection, kBautaRecipe, options.roles, did));
  if (options.roles) TRY(GrantRoles(connection, did));
  const std::vector<std::string> changes =
      TRY(WriteRegistry(connection, registry, options.new_tokens, setting));
  did.insert(did.end(), changes.begin(), changes.end());
  TRY(connection.Query("SET LOCAL ROLE NONE"));
  work = &kPii;
  if (options.vault) TRY(MakePii(connection, options.roles, did));
  work = &kBauta;
  if (options.create_table) TRY(CreateTable(connection, did));
  if (options.roles) TRY(GrantTarget(connection, registry.target, did));
  TRY(connection.Commit());
  return did;
}

Result<std::vector<std::string>> VaultInTransaction(pg::Connection& connection, bool roles) {
  std::vector<std::string> did;
  TRY(connection.Query(kBegin));
  if (roles) TRY(CreateRoles(connection, did));
  TRY(MakePii(connection, roles, did));
  TRY(connection.Commit());
  return did;
}

// Who may change what is there; empty if nothing is.
std::string Owner(pg::Connection& connection, const OurSchema& schema) {
  const Result<pg::Rows> rows =
      connection.Query(fmt::format("SELECT pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace "
                                   "WHERE nspname = '{}'",
                                   schema.name));
  return rows.ok() && rows.value().size() > 0 ? rows.value().String(0, 0) : "";
}

// After a Rollback, which keeps the failure.
Error WithHelp(pg::Connection& connection, const OurSchema& schema, Error error) {
  if (connection.last_failure().sqlstate != "42501" || !error.hint.empty()) return error;
  const std::string owner = Owner(connection, schema);
  if (owner.empty()) {
    error.message = fmt::format("creating schema {}: {}", schema.name, error.message);
    error.hint = fmt::format(
        "GRANT CREATE ON DATABASE {} TO {}; or give `bauta init --print-sql` to your DBA",
        pg::QuoteName(connection.database()), pg::QuoteName(connection.user()));
  } else {
    error.message = fmt::format("user {} may not change schema {}: {}", connection.user(),
                                schema.name, error.message);
    error.hint = fmt::format("do this as its owner, {}, or a member of it", owner);
  }
  return error;
}

}  // namespace

Result<std::vector<std::string>> Init(pg::Connection& connection, const Registry& registry,
                                      const InitOptions& options, std::string* setting) {
  const OurSchema* work = &kBauta;
  Result<std::vector<std::string>> did =
      InTransaction(connection, registry, options, setting, work);
  if (did.ok()) return did;
  (void)connection.Rollback();  // The connection is not used again.
  return WithHelp(connection, *work, did.error());
}

Result<std::vector<std::string>> InitVault(pg::Connection& connection, bool roles) {
  Result<std::vector<std::string>> did = VaultInTransaction(connection, roles);
  if (did.ok()) return did;
  (void)connection.Rollback();  // The connection is not used again.
  return WithHelp(connection, kPii, did.error());
}

}  // namespace bauta::schema
