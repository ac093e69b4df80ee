#include "schema/schema.h"

#include <fmt/format.h>

#include "pg/params.h"

namespace bauta::schema {
namespace {

constexpr const char* kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL client_min_messages = warning; "
    "SET LOCAL lock_timeout = '60s'; SET LOCAL synchronous_commit = on; "
    "SELECT pg_advisory_xact_lock(1650554225, 1)";

constexpr const char* kUserLogins =
    "CREATE TABLE IF NOT EXISTS user_logins(user_id varchar(128), device_type varchar(32), "
    "masked_ip varchar(256), masked_device_id varchar(256), locale varchar(32), "
    "app_version integer, create_date date)";

Error NewerSchema(std::int64_t version) {
  return ConfigError(
      fmt::format("schema bauta has version {}, this program knows {}", version, kSchemaVersion),
      "use a newer bauta");
}

Result<bool> HasTable(pg::Connection& connection, const char* name) {
  const pg::Rows rows =
      TRY(connection.Exec("SELECT to_regclass($1) IS NOT NULL", pg::Params().Text(name)));
  return rows.Bool(0, 0);
}

Result<> CreateSchema(pg::Connection& connection, std::vector<std::string>& did) {
  if (TRY(HasTable(connection, "bauta.meta"))) {
    const pg::Rows rows = TRY(connection.Query("SELECT schema_version FROM bauta.meta"));
    const std::int64_t version = rows.size() == 0 ? 0 : rows.Int(0, 0);
    if (version > kSchemaVersion) return NewerSchema(version);
    if (version == kSchemaVersion) return Ok();
  }
  TRY(connection.Query(CreateSql(connection.server_version())));
  did.push_back(fmt::format("created schema bauta (version {})", kSchemaVersion));
  return Ok();
}

Result<> CreateTable(pg::Connection& connection, std::vector<std::string>& did) {
  if (TRY(HasTable(connection, "user_logins"))) return Ok();
  TRY(connection.Query(kUserLogins));
  did.emplace_back("created table user_logins");
  return Ok();
}

Result<std::vector<std::string>> InTransaction(pg::Connection& connection, const Registry& registry,
                                               const InitOptions& options) {
  std::vector<std::string> did;
  TRY(connection.Query(kBegin));
  TRY(CreateSchema(connection, did));
  if (options.create_table) TRY(CreateTable(connection, did));
  const std::vector<std::string> changes =
      TRY(WriteRegistry(connection, registry, options.new_tokens));
  did.insert(did.end(), changes.begin(), changes.end());
  TRY(connection.Commit());
  return did;
}

Error WithHelp(const pg::Connection& connection, Error error) {
  if (connection.last_failure().sqlstate == "42501" && error.hint.empty()) {
    error.message = "creating schema bauta: " + error.message;
    error.hint = fmt::format(
        "GRANT CREATE ON DATABASE {} TO {}; or give `bauta init --print-sql` to your DBA",
        connection.database(), connection.user());
  }
  return error;
}

}  // namespace

Result<std::vector<std::string>> Init(pg::Connection& connection, const Registry& registry,
                                      const InitOptions& options) {
  Result<std::vector<std::string>> did = InTransaction(connection, registry, options);
  if (did.ok()) return did;
  connection.Rollback();
  return WithHelp(connection, did.error());
}

}  // namespace bauta::schema
