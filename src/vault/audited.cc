#include "vault/audited.h"

#include <array>

#include "vault/access.h"

namespace bauta::vault {
namespace {

constexpr std::array<std::string_view, 1> kFunctions = {"log(text, text, text)"};
constexpr const char* kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL client_min_messages = warning";
constexpr const char* kLog =
    "SELECT count(pii.log($1, t.token, $3)) "
    "FROM (SELECT * FROM unnest($2) WITH ORDINALITY AS u(token, n) ORDER BY n) AS t";
constexpr int kAttempts = 4;  // Each waits 5 s for the audit's lock.

}  // namespace

Result<pg::Rows> InAuditTransaction(pg::Connection& connection, const char* sql,
                                    const pg::Params& params) {
  for (int attempt = 1;; ++attempt) {
    TRY(connection.Query(kBegin));
    Result<pg::Rows> rows = connection.Exec(sql, params);
    if (rows.ok()) {
      TRY(connection.Commit());
      return rows;
    }
    const bool locked = connection.last_failure().sqlstate == "55P03";
    if (!connection.Rollback() || !locked) return rows;
    if (attempt == kAttempts) {
      return Fatal(
          "the audit has been locked for 20 s: nothing was done",
          "a transaction that asked for originals is still open somewhere: end it, and try "
          "again");
    }
  }
}

Result<> CheckLogger(pg::Connection& connection, std::string_view role) {
  return CheckAccess(connection, {role, kFunctions});
}

Result<> LogAccess(pg::Connection& connection, std::string_view action,
                   std::span<const std::optional<std::string_view>> tokens,
                   const std::string& reason) {
  const Result<pg::Rows> done =
      InAuditTransaction(connection, kLog, pg::Params().Text(action).Texts(tokens).Text(reason));
  if (done.ok()) return Ok();
  if (connection.last_failure().sqlstate == "53400") {
    return Fatal(
        "a user may look up 60 values in a minute, on all machines together: nothing was "
        "done",
        "try again in a minute: whoever could ask faster could try all addresses");
  }
  return done.error();
}

}  // namespace bauta::vault
