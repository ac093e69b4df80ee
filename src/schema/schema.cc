#include "schema/schema.h"

#include <fmt/format.h>

#include "pg/params.h"
#include "schema/roles.h"

namespace bauta::schema {
namespace {

constexpr const char* kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL client_min_messages = warning; "
    "SET LOCAL lock_timeout = '60s'; SET LOCAL synchronous_commit = on; "
    "SELECT pg_advisory_xact_lock(1650554225, 1)";

Error NewerSchema(std::int64_t version) {
  return ConfigError(
      fmt::format("schema bauta has version {}, this program knows {}", version, kSchemaVersion),
      fmt::format("use a newer bauta: this one makes version {}", kSchemaVersion));
}

Result<bool> HasTable(pg::Connection& connection, const char* name) {
  const pg::Rows rows =
      TRY(connection.Exec("SELECT to_regclass($1) IS NOT NULL", pg::Params().Text(name)));
  return rows.Bool(0, 0);
}

// `again`: also where the version is ours.
Result<> CreateSchema(pg::Connection& connection, bool again, std::vector<std::string>& did) {
  if (TRY(HasTable(connection, "bauta.meta"))) {
    const pg::Rows rows = TRY(connection.Query("SELECT schema_version FROM bauta.meta"));
    const std::int64_t version = rows.size() == 0 ? 0 : rows.Int(0, 0);
    if (version > kSchemaVersion) return NewerSchema(version);
    if (version == kSchemaVersion && !again) return Ok();
    TRY(connection.Query(CreateSql(connection.server_version())));
    if (version == kSchemaVersion) return Ok();
    did.push_back(
        fmt::format("upgraded schema bauta from version {} to {}", version, kSchemaVersion));
    return Ok();
  }
  TRY(connection.Query(CreateSql(connection.server_version())));
  did.push_back(fmt::format("created schema bauta (version {})", kSchemaVersion));
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
Result<> BecomeOwner(pg::Connection& connection) {
  const pg::Rows owner = TRY(connection.Query(
      "SELECT pg_get_userbyid(nspowner), pg_has_role(nspowner, CASE WHEN "
      "current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END) "
      "FROM pg_catalog.pg_namespace WHERE nspname = 'bauta'"));
  if (owner.size() == 0 || !owner.Bool(0, 1)) return Ok();
  TRY(connection.Query("SET LOCAL ROLE " + pg::QuoteName(owner.Text(0, 0))));
  return Ok();
}

Result<std::vector<std::string>> InTransaction(pg::Connection& connection, const Registry& registry,
                                               const InitOptions& options, std::string* setting) {
  std::vector<std::string> did;
  TRY(connection.Query(kBegin));
  if (options.roles) TRY(MakeRoles(connection, did));
  TRY(BecomeOwner(connection));
  TRY(CreateSchema(connection, options.roles, did));
  if (options.roles) TRY(GrantRoles(connection, did));
  const std::vector<std::string> changes =
      TRY(WriteRegistry(connection, registry, options.new_tokens, setting));
  did.insert(did.end(), changes.begin(), changes.end());
  TRY(connection.Query("SET LOCAL ROLE NONE"));
  if (options.create_table) TRY(CreateTable(connection, did));
  if (options.roles) TRY(GrantTarget(connection, registry.target, did));
  TRY(connection.Commit());
  return did;
}

// Who may change what is there; empty if nothing is.
std::string Owner(pg::Connection& connection) {
  const Result<pg::Rows> rows = connection.Query(
      "SELECT pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'bauta'");
  return rows.ok() && rows.value().size() > 0 ? rows.value().String(0, 0) : "";
}

// After a Rollback, which keeps the failure.
Error WithHelp(pg::Connection& connection, Error error) {
  if (connection.last_failure().sqlstate != "42501" || !error.hint.empty()) return error;
  const std::string owner = Owner(connection);
  if (owner.empty()) {
    error.message = "creating schema bauta: " + error.message;
    error.hint = fmt::format(
        "GRANT CREATE ON DATABASE {} TO {}; or give `bauta init --print-sql` to your DBA",
        pg::QuoteName(connection.database()), pg::QuoteName(connection.user()));
  } else {
    error.message =
        fmt::format("user {} may not change schema bauta: {}", connection.user(), error.message);
    error.hint = fmt::format("run `bauta init` as its owner, {}", owner);
  }
  return error;
}

}  // namespace

Result<std::vector<std::string>> Init(pg::Connection& connection, const Registry& registry,
                                      const InitOptions& options, std::string* setting) {
  Result<std::vector<std::string>> did = InTransaction(connection, registry, options, setting);
  if (did.ok()) return did;
  (void)connection.Rollback();  // The connection is not used again.
  return WithHelp(connection, did.error());
}

}  // namespace bauta::schema
