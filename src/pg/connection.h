// A connection to PostgreSQL over libpq.
//
// An Error from here holds SQLSTATE and the names of schema, table, column and constraint; never
// the server's own text, which quotes values, and never a password.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pg/params.h"

namespace bauta::pg {

struct ConnectOptions {
  std::string url;  // libpq URL or keywords; what it leaves open comes from the PG* variables.
  std::string application_name = "bauta";
  std::chrono::seconds connect_timeout{10};  // For each host.
  bool database_may_come = false;            // That it is missing is kRetryable, not kConfig.
};

// What the server said of a failed statement, less its prose.
struct Failure {
  std::string sqlstate;  // Empty if the connection broke or nothing failed yet.
  std::string schema, table, column, constraint;
  std::size_t copy_line = 0;  // Of the COPY in which it failed, from 1; 0 if it was not said.
  bool raised = false;        // By a function's own words: it has no names, which may be values.

  bool InClass(std::string_view two) const { return sqlstate.substr(0, 2) == two; }
};

// What the caller should do after `sqlstate` came from a statement: DESIGN, section 5.
ErrorCode Classify(std::string_view sqlstate);
// Whether it is kFatal for want of a better idea: the server is broken, or something that we have
// not heard of.  It may pass.
bool IsUnknown(std::string_view sqlstate);
// Whether it names a table of our own schemas.  Others may live there too: the search path of a
// user named bauta begins with schema bauta.
bool NamesOurs(const Failure& failure);
// Whether no partition of the table takes the row.
bool IsPartitionMissing(const Failure& failure);
// Whether the data of a row can be why: a violated constraint, a trigger that raised.  Never an
// error that names our own schemas, nor what comes of a changed table or a missing partition.
bool MayBlameRow(const Failure& failure);
// What PostgreSQL's manual calls it: "unique violation"; its class's name where we know no better.
std::string_view ConditionName(std::string_view sqlstate);

// The rows of one statement, in text format.
class Rows {
 public:
  Rows();
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;
  ~Rows();

  int size() const;
  int columns() const;
  bool IsNull(int row, int column) const;
  std::string_view Text(int row, int column) const;  // Good as long as these Rows; "" for NULL.
  std::string String(int row, int column) const { return std::string(Text(row, column)); }
  std::optional<std::string> Optional(int row, int column) const;
  std::int64_t Int(int row, int column) const;  // 0 for NULL.
  bool Bool(int row, int column) const;
  std::string Bytes(int row, int column) const;  // bytea
  std::int64_t affected() const;                 // Rows inserted, updated, deleted or copied.

 private:
  friend class Connection;
  struct Impl;
  explicit Rows(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One thread at a time.  Holds no state of the session: fit for PgBouncer's transaction mode.
class Connection {
 public:
  // How far a script came.
  struct Progress {
    std::vector<Rows> results;  // Of the statements that ended, in order.
    bool wants_data = false;    // A COPY FROM STDIN waits for Feed().
  };

  // kConfig: wrong URL, password, database, certificate.  kRetryable: nobody there, or not ready.
  static Result<Connection> Open(const ConnectOptions& options);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Statements in one message, up to its end or to the first COPY FROM STDIN.
  Result<Progress> Run(const std::string& sql);
  // Gives the COPY all its data (a CopyBuffer's) and goes on with the rest of the message.
  Result<Progress> Feed(std::string_view data);

  // One or more statements; the rows of the last.
  Result<Rows> Query(const std::string& sql);
  // One statement with $1, $2...
  Result<Rows> Exec(const std::string& sql, const Params& params);
  // One COPY ... FROM STDIN (FORMAT binary); the number of rows.
  Result<std::int64_t> Copy(const std::string& sql, std::string_view data);

  // Ends a COPY and a transaction that may be open.  False: the connection is of no more use.
  [[nodiscard]] bool Rollback();
  // COMMIT.  A warning on it (replication given up) is kRetryable: not known to be durable.
  Result<> Commit();

  bool alive() const;
  int server_version() const;               // 150013
  std::string server_version_text() const;  // 15.13
  int backend_pid() const;
  // "host:port" or the socket's path, and user and database: for messages.
  std::string place() const;
  const std::string& user() const;
  const std::string& database() const;
  // What the server said to the last call, if that failed; Rollback keeps it.
  const Failure& last_failure() const;

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "name" as an SQL identifier, 'text' as a literal.
std::string QuoteName(std::string_view name);
std::string QuoteLiteral(std::string_view text);

}  // namespace bauta::pg
