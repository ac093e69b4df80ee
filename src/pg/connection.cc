#include "pg/connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "pg/connect_error.h"
#include "pg/conninfo.h"

namespace bauta::pg {
namespace {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;
using ConnPtr = std::unique_ptr<PGconn, FreeConnection>;

std::string Field(const PGresult* result, int code) {
  const char* const text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

// The number in "COPY logins, line 17, column ip: ...", whatever the language; 0 if there is none.
std::size_t CopyLine(std::string_view context) {
  const std::size_t copy = context.find("COPY ");
  const std::size_t comma = context.find(", ", copy);
  if (copy == std::string_view::npos || comma == std::string_view::npos) return 0;
  const std::size_t digit = context.find_first_of("0123456789", comma);
  std::size_t line = 0;
  if (digit != std::string_view::npos) {
    std::from_chars(context.data() + digit, context.data() + context.size(), line);
  }
  return line;
}

// Where the server's source lets functions raise what they like: RAISE of PL/pgSQL, plpy.error and
// exceptions of PL/Python, the others' elog.  Column, constraint and the rest are then their words.
bool IsRaised(const PGresult* result) {
  static constexpr std::array<std::string_view, 5> kFunctions = {
      "exec_stmt_raise", "PLy_output", "PLy_elog_impl", "PLy_elog", "pltcl_elog"};
  static constexpr std::array<std::string_view, 2> kFiles = {"plperl.c", "pltcl.c"};
  const auto in = [](const auto& list, const std::string& what) {
    return std::find(list.begin(), list.end(), what) != list.end();
  };
  return in(kFunctions, Field(result, PG_DIAG_SOURCE_FUNCTION)) ||
         in(kFiles, Field(result, PG_DIAG_SOURCE_FILE));
}

Failure FailureOf(const PGresult* result) {
  Failure failure;
  failure.sqlstate = Field(result, PG_DIAG_SQLSTATE);
  failure.copy_line = CopyLine(Field(result, PG_DIAG_CONTEXT));
  failure.raised = IsRaised(result);
  if (failure.raised) return failure;
  failure.schema = Field(result, PG_DIAG_SCHEMA_NAME);
  failure.table = Field(result, PG_DIAG_TABLE_NAME);
  failure.column = Field(result, PG_DIAG_COLUMN_NAME);
  failure.constraint = Field(result, PG_DIAG_CONSTRAINT_NAME);
  return failure;
}

std::string Text(const char* text) { return text == nullptr ? "" : text; }

std::string Describe(const Failure& f) {
  std::string text =
      fmt::format("PostgreSQL: {} (SQLSTATE {})", ConditionName(f.sqlstate), f.sqlstate);
  if (!f.table.empty()) text += fmt::format(", table {}.{}", f.schema, f.table);
  if (!f.column.empty()) text += fmt::format(", column {}", f.column);
  if (!f.constraint.empty()) text += fmt::format(", constraint {}", f.constraint);
  return text;
}

}  // namespace

// --- Rows ---------------------------------------------------------------------------------------

struct Rows::Impl {
  ResultPtr result;
};

Rows::Rows() = default;
Rows::Rows(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

int Rows::size() const { return impl_ == nullptr ? 0 : PQntuples(impl_->result.get()); }
int Rows::columns() const { return impl_ == nullptr ? 0 : PQnfields(impl_->result.get()); }
bool Rows::IsNull(int row, int column) const {
  return PQgetisnull(impl_->result.get(), row, column) != 0;
}

std::string_view Rows::Text(int row, int column) const {
  const int length = PQgetlength(impl_->result.get(), row, column);
  return {PQgetvalue(impl_->result.get(), row, column), static_cast<std::size_t>(length)};
}

std::optional<std::string> Rows::Optional(int row, int column) const {
  if (IsNull(row, column)) return std::nullopt;
  return String(row, column);
}

std::int64_t Rows::Int(int row, int column) const {
  const std::string_view text = Text(row, column);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool Rows::Bool(int row, int column) const { return Text(row, column) == "t"; }

std::string Rows::Bytes(int row, int column) const {
  std::size_t size = 0;
  const std::string text = String(row, column);
  unsigned char* const bytes =
      PQunescapeBytea(reinterpret_cast<const unsigned char*>(text.c_str()), &size);
  if (bytes == nullptr) return {};
  std::string out(reinterpret_cast<const char*>(bytes), size);
  PQfreemem(bytes);
  return out;
}

std::int64_t Rows::affected() const {
  if (impl_ == nullptr) return 0;
  const std::string_view text = PQcmdTuples(impl_->result.get());
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// --- Connection ---------------------------------------------------------------------------------

struct Connection::Impl {
  ConnPtr conn;
  std::string user, database, place;
  Failure failure;
  bool warned = false;  // A WARNING came since this was last reset.

  static void OnNotice(void* self, const PGresult* result) {
    const std::string severity = Field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity == "WARNING") static_cast<Impl*>(self)->warned = true;
  }

  Error Lost() {
    failure = {};
    return Retryable("lost the connection to PostgreSQL at " + place);
  }

  Result<Progress> Collect();
};

Result<Connection::Progress> Connection::Impl::Collect() {
  failure = {};
  Progress progress;
  std::optional<Failure> failed;
  while (PGresult* const next = PQgetResult(conn.get())) {
    ResultPtr result(next);
    const ExecStatusType status = PQresultStatus(next);
    if (status == PGRES_COPY_IN) {
      progress.wants_data = true;
      return progress;
    }
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (!failed) failed = FailureOf(next);
    } else {
      progress.results.push_back(Rows(std::make_unique<Rows::Impl>(Rows::Impl{std::move(result)})));
    }
  }
  if (!failed && PQstatus(conn.get()) == CONNECTION_OK) return progress;
  if (!failed || failed->sqlstate.empty()) return Lost();
  failure = *failed;
  return Error{Classify(failure.sqlstate), Describe(failure)};
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::Open(const ConnectOptions& options) {
  const Keywords keywords =
      TRY(ConnectKeywords(options, [](const char* name) -> const char* { return getenv(name); }));
  const Arrays arrays(keywords);
  auto impl = std::make_unique<Impl>();
  impl->conn.reset(PQconnectdbParams(arrays.keys.data(), arrays.values.data(), 0));
  PGconn* const conn = impl->conn.get();
  if (conn == nullptr) return Fatal("out of memory");
  if (PQstatus(conn) != CONNECTION_OK) {
    const ErrorCode missing =
        options.database_may_come ? ErrorCode::kRetryable : ErrorCode::kConfig;
    return ConnectError(conn, keywords, missing);
  }
  PQsetNoticeReceiver(conn, &Impl::OnNotice, impl.get());
  impl->user = Text(PQuser(conn));
  impl->database = Text(PQdb(conn));
  impl->place = PlaceOf(conn);
  return Connection(std::move(impl));
}

Result<Connection::Progress> Connection::Run(const std::string& sql) {
  if (PQsendQuery(impl_->conn.get(), sql.c_str()) == 0) return impl_->Lost();
  return impl_->Collect();
}

Result<Connection::Progress> Connection::Feed(std::string_view data) {
  constexpr std::size_t kChunk = 64 * 1024;
  PGconn* const conn = impl_->conn.get();
  while (!data.empty()) {
    const std::string_view chunk = data.substr(0, kChunk);
    if (PQputCopyData(conn, chunk.data(), static_cast<int>(chunk.size())) != 1) break;
    data.remove_prefix(chunk.size());
  }
  // After a failed put, Collect() learns why.
  PQputCopyEnd(conn, data.empty() ? nullptr : "gave up");
  return impl_->Collect();
}

Result<Rows> Connection::Query(const std::string& sql) {
  Progress progress = TRY(Run(sql));
  if (progress.wants_data) return Fatal("a COPY was run as a query");
  if (progress.results.empty()) return Rows();
  return std::move(progress.results.back());
}

Result<Rows> Connection::Exec(const std::string& sql, const Params& params) {
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
  for (const Params::Param& p : params.all()) {
    types.push_back(p.type);
    values.push_back(p.null ? nullptr : p.bytes.data());
    lengths.push_back(static_cast<int>(p.bytes.size()));
    formats.push_back(1);
  }
  if (PQsendQueryParams(impl_->conn.get(), sql.c_str(), static_cast<int>(types.size()),
                        types.data(), values.data(), lengths.data(), formats.data(), 0) == 0) {
    return impl_->Lost();
  }
  Progress progress = TRY(impl_->Collect());
  if (progress.results.empty()) return Rows();
  return std::move(progress.results.back());
}

Result<std::int64_t> Connection::Copy(const std::string& sql, std::string_view data) {
  const Progress started = TRY(Run(sql));
  if (!started.wants_data) return Fatal("a query was run as a COPY");
  const Progress done = TRY(Feed(data));
  return done.results.empty() ? 0 : done.results.front().affected();
}

bool Connection::Rollback() {
  PGconn* const conn = impl_->conn.get();
  const Failure kept = impl_->failure;
  if (PQtransactionStatus(conn) == PQTRANS_ACTIVE) {
    PQputCopyEnd(conn, "gave up");
    (void)impl_->Collect();
  }
  const PGTransactionStatusType status = PQtransactionStatus(conn);
  bool good = status == PQTRANS_IDLE;
  if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR) good = Run("ROLLBACK").ok();
  impl_->failure = kept;
  return good && alive();
}

Result<> Connection::Commit() {
  impl_->warned = false;
  impl_->failure = {};
  ResultPtr result(PQexec(impl_->conn.get(), "COMMIT"));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
    impl_->failure = FailureOf(result.get());
    if (impl_->failure.sqlstate.empty()) return impl_->Lost();
    return Error{Classify(impl_->failure.sqlstate), Describe(impl_->failure)};
  }
  if (std::strcmp(PQcmdStatus(result.get()), "COMMIT") != 0) {
    return Retryable("PostgreSQL rolled the transaction back at its COMMIT");
  }
  if (impl_->warned) {
    return Retryable("PostgreSQL warned on COMMIT: the transaction may not have been replicated");
  }
  return Ok();
}

bool Connection::alive() const { return PQstatus(impl_->conn.get()) == CONNECTION_OK; }
int Connection::server_version() const { return PQserverVersion(impl_->conn.get()); }
std::string Connection::server_version_text() const {
  return fmt::format("{}.{}", server_version() / 10'000, server_version() % 10'000);
}
int Connection::backend_pid() const { return PQbackendPID(impl_->conn.get()); }
std::string Connection::place() const { return impl_->place; }
const std::string& Connection::user() const { return impl_->user; }
const std::string& Connection::database() const { return impl_->database; }
const Failure& Connection::last_failure() const { return impl_->failure; }

std::string QuoteName(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string QuoteLiteral(std::string_view text) {
  std::string out = text.find('\\') == std::string_view::npos ? "'" : " E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + '\'';
}

}  // namespace bauta::pg
