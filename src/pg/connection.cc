#include "pg/connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

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

Failure FailureOf(const PGresult* result) {
  return {Field(result, PG_DIAG_SQLSTATE), Field(result, PG_DIAG_SCHEMA_NAME),
          Field(result, PG_DIAG_TABLE_NAME), Field(result, PG_DIAG_COLUMN_NAME),
          Field(result, PG_DIAG_CONSTRAINT_NAME)};
}

std::string Describe(const Failure& f) {
  std::string text =
      fmt::format("PostgreSQL: {} (SQLSTATE {})", ConditionName(f.sqlstate), f.sqlstate);
  if (!f.table.empty()) text += fmt::format(", table {}.{}", f.schema, f.table);
  if (!f.column.empty()) text += fmt::format(", column {}", f.column);
  if (!f.constraint.empty()) text += fmt::format(", constraint {}", f.constraint);
  return text;
}

// Keywords in the shape that PQconnectdbParams wants.
struct Arrays {
  explicit Arrays(const Keywords& from) {
    for (const auto& [k, v] : from) {
      keys.push_back(k.c_str());
      values.push_back(v.c_str());
    }
    keys.push_back(nullptr);
    values.push_back(nullptr);
  }
  std::vector<const char*> keys, values;
};

std::string Text(const char* text) { return text == nullptr ? "" : text; }

std::string PlaceOf(const PGconn* connection) {
  const std::string host = Text(PQhost(connection));
  const std::string port = Text(PQport(connection));
  if (host.empty()) return "the local socket";
  return host[0] == '/' ? host + "/.s.PGSQL." + port : host + ":" + port;
}

// libpq tells the SQLSTATE of a refused connection only in its text, and only if asked before the
// server answers: so a failed attempt is made once more.  The text then holds none of the server's.
std::string WhyRefused(const Keywords& keywords) {
  const Arrays arrays(keywords);
  const ConnPtr conn(PQconnectStartParams(arrays.keys.data(), arrays.values.data(), 0));
  if (conn == nullptr) return "";
  PQsetErrorVerbosity(conn.get(), PQERRORS_SQLSTATE);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    pollfd fd{PQsocket(conn.get()), events, 0};
    if (left.count() <= 0 || fd.fd < 0 || poll(&fd, 1, static_cast<int>(left.count())) <= 0) break;
    state = PQconnectPoll(conn.get());
  }
  return Text(PQerrorMessage(conn.get()));
}

// The last "FATAL:  28P01" of such a text.
std::string StateIn(std::string_view text) {
  const std::size_t at = text.rfind(":  ");
  if (at == std::string_view::npos || text.size() < at + 8) return "";
  const std::string_view state = text.substr(at + 3, 5);
  const bool plain = std::all_of(state.begin(), state.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
  });
  return plain ? std::string(state) : "";
}

// libpq's own words name host, port and certificate problems, no values; in one line.
std::string FirstLine(std::string text) {
  const std::size_t end = text.find('\n');
  text = text.substr(0, end);
  return text.substr(0, 300);
}

Error ConnectError(const PGconn* conn, const Keywords& keywords) {
  const std::string where = PlaceOf(conn);
  const std::string user = Text(PQuser(conn)), database = Text(PQdb(conn));
  if (PQconnectionNeedsPassword(conn)) {
    return ConfigError(
        fmt::format("{} wants a password for user {}, and none was given", where, user),
        "set PGPASSWORD, a passfile (~/.pgpass), or ${file:...} in the URL");
  }
  const std::string why = WhyRefused(keywords);
  const std::string state = StateIn(why);
  if (state == "28P01") {
    return ConfigError(
        fmt::format("wrong password for user {} at {} (SQLSTATE 28P01)", user, where),
        "check target.postgres.url, PGPASSWORD and ~/.pgpass");
  }
  if (state.starts_with("28")) {
    return ConfigError(
        fmt::format("{} refuses user {} for database {} (SQLSTATE {})", where, user, database,
                    state),
        "the role is missing or may not log in from here: see CREATE ROLE and pg_hba.conf");
  }
  if (state == "3D000") {
    return ConfigError(fmt::format("no database named {} at {} (SQLSTATE 3D000)", database, where),
                       "check target.postgres.url; or create it: createdb " + database);
  }
  if (state.starts_with("42")) {
    return ConfigError(fmt::format("user {} may not connect to database {} at {} (SQLSTATE {})",
                                   user, database, where, state),
                       fmt::format("GRANT CONNECT ON DATABASE {} TO {}", database, user));
  }
  if (!state.empty()) {
    const Error error = {Classify(state), fmt::format("{} does not take connections: {} (SQLSTATE "
                                                      "{})",
                                                      where, ConditionName(state), state)};
    return error;
  }
  if (why.find("certificate") != std::string::npos || why.find("SSL") != std::string::npos) {
    return ConfigError(fmt::format("no trusted TLS connection to {}: {}", where, FirstLine(why)),
                       "set sslrootcert to the server's CA, or choose another sslmode in "
                       "target.postgres.url");
  }
  return Retryable(fmt::format("could not reach PostgreSQL at {}", where),
                   "is it running, and are host and port right? --wait D waits for it");
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
  if (PQstatus(conn) != CONNECTION_OK) return ConnectError(conn, keywords);
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
