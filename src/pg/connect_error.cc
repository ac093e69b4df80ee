#include "pg/connect_error.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace bauta::pg {
namespace {

struct FreeConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnPtr = std::unique_ptr<PGconn, FreeConnection>;

std::string Text(const char* text) { return text == nullptr ? "" : text; }

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

// Of the URL, or of the variable that stands for it.
std::string Option(PGconn* conn, std::string_view keyword) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfo(conn),
                                                                             PQconninfoFree);
  if (options == nullptr) return "";
  for (const PQconninfoOption* o = options.get(); o->keyword != nullptr; ++o) {
    if (o->keyword == keyword) return Text(o->val);
  }
  return "";
}

// "one,two" if it was to try more than one.
std::string SeveralHosts(PGconn* conn) {
  for (const char* keyword : {"host", "hostaddr"}) {
    const std::string value = Option(conn, keyword);
    if (value.find(',') != std::string::npos) return value;
  }
  return "";
}

// PgBouncer has one SQLSTATE for all that it has to say, and says more to its log.
std::string PoolerHelp(PGconn* conn) {
  if (!Option(conn, "options").empty()) {
    return "PgBouncer takes no options: take them out of the URL and PGOPTIONS, or set "
           "ignore_startup_parameters = options";
  }
  return "PgBouncer's log says why: the server behind it is away, or a name or password is wrong";
}

// libpq's own words name host, port and certificate problems, no values; in one line.
std::string FirstLine(std::string text) {
  const std::size_t end = text.find('\n');
  text = text.substr(0, end);
  return text.substr(0, 300);
}

}  // namespace

std::string PlaceOf(const PGconn* connection) {
  const std::string host = Text(PQhost(connection));
  const std::string port = Text(PQport(connection));
  if (host.empty()) return "the local socket";
  return host[0] == '/' ? host + "/.s.PGSQL." + port : host + ":" + port;
}

Error ConnectError(PGconn* conn, const Keywords& keywords, ErrorCode missing) {
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
    return {missing, fmt::format("no database named {} at {} (SQLSTATE 3D000)", database, where),
            "check target.postgres.url; or create it: createdb " + database};
  }
  if (state.starts_with("42")) {
    return ConfigError(fmt::format("user {} may not connect to database {} at {} (SQLSTATE {})",
                                   user, database, where, state),
                       fmt::format("GRANT CONNECT ON DATABASE {} TO {}", database, user));
  }
  if (!state.empty()) {
    return {Classify(state),
            fmt::format("{} does not take connections: {} (SQLSTATE {})", where,
                        ConditionName(state), state),
            state == "08P01" ? PoolerHelp(conn) : ""};
  }
  if (why.find("certificate") != std::string::npos || why.find("SSL") != std::string::npos) {
    return ConfigError(fmt::format("no trusted TLS connection to {}: {}", where, FirstLine(why)),
                       "set sslrootcert to the server's CA, or choose another sslmode in "
                       "target.postgres.url");
  }
  if (const std::string hosts = SeveralHosts(conn); !hosts.empty()) {
    return Retryable(fmt::format("none of the PostgreSQL hosts {} answers and takes writes", hosts),
                     "is one of them running as a primary, and are hosts and ports right?");
  }
  return Retryable(fmt::format("could not reach PostgreSQL at {}", where),
                   "is it running, and are host and port right?");
}

}  // namespace bauta::pg
