#include "queue/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace bauta::queue {
namespace {

// SQLite's own message may name what is stored; this is a fixed text for each code.
Error ToError(sqlite3* connection) {
  const int code = sqlite3_extended_errcode(connection);
  std::string message = fmt::format("SQLite: {} ({})", sqlite3_errstr(code), code);
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ConfigError(std::move(message));
    default:
      return Retryable(std::move(message));
  }
}

// What is empty is not NULL.
const char* NotNull(std::string_view text) { return text.data() == nullptr ? "" : text.data(); }

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Error Statement::Problem() {
  const Error error = ToError(sqlite3_db_handle(statement_.get()));
  Rewind();
  return error;
}

void Statement::Rewind() { sqlite3_reset(statement_.get()); }

bool Statement::BindOne(int at, std::int64_t value) {
  return sqlite3_bind_int64(statement_.get(), at, value) == SQLITE_OK;
}

bool Statement::BindOne(int at, std::string_view text) {
  return sqlite3_bind_text64(statement_.get(), at, NotNull(text), text.size(), SQLITE_STATIC,
                             SQLITE_UTF8) == SQLITE_OK;
}

bool Statement::BindOne(int at, Blob blob) {
  return sqlite3_bind_blob64(statement_.get(), at, NotNull(blob.bytes), blob.bytes.size(),
                             SQLITE_STATIC) == SQLITE_OK;
}

bool Statement::BindOne(int at, std::nullptr_t) {
  return sqlite3_bind_null(statement_.get(), at) == SQLITE_OK;
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) return Problem();
  Rewind();
  return false;
}

Result<> Statement::Finish() {
  while (TRY(Step())) {
  }
  return Ok();
}

std::int64_t Statement::Integer(int column) {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::Bytes(int column) {
  const void* const bytes = sqlite3_column_blob(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::IsNull(int column) {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Result<Database> Database::Open(const std::string& path) {
  sqlite3* connection = nullptr;
  const std::string name = path.starts_with('/') ? path : "./" + path;  // No "file:" URL.
  const int code =
      sqlite3_open_v2(name.c_str(), &connection,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database;
  database.connection_.reset(connection);
  if (code != SQLITE_OK) return ToError(connection);
  sqlite3_extended_result_codes(connection, 1);
  return database;
}

Result<> Database::Run(const char* sql) {
  if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return Ok();
  return ToError(connection_.get());
}

Result<std::int64_t> Database::Number(const char* sql) {
  Statement statement = TRY(Prepare(sql));
  if (!TRY(statement.Step())) return ConfigError("SQLite: no row");
  return statement.Integer(0);
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &prepared, nullptr) != SQLITE_OK) {
    return ToError(connection_.get());
  }
  Statement statement;
  statement.statement_.reset(prepared);
  return statement;
}

bool Database::Busy() const { return (sqlite3_errcode(connection_.get()) & 0xff) == SQLITE_BUSY; }

bool Database::ReadOnly() const { return sqlite3_db_readonly(connection_.get(), "main") == 1; }

}  // namespace bauta::queue
