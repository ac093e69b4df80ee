#include "sinks/describe.h"

#include <fmt/format.h>

#include <utility>

namespace bauta::sinks {

std::string QuotedTable(const TableSchema& table) {
  return pg::QuoteName(table.schema) + "." + pg::QuoteName(table.name);
}

Error InTable(const TableSchema& table, Error error) {
  if (error.code != ErrorCode::kRetryable) {
    error.message =
        fmt::format("writing to table {}.{}: {}", table.schema, table.name, error.message);
  }
  return error;
}

Error Describe(const pg::Connection& connection, const TableSchema& table, Error error) {
  const pg::Failure& failure = connection.last_failure();
  if (failure.sqlstate.empty() || !error.hint.empty()) return error;
  if (pg::NamesOurs(failure)) {
    error.message = "our own tables: " + error.message;
    return error;
  }
  if (error.code == ErrorCode::kRetryable) return error;
  error = InTable(table, std::move(error));
  if (failure.sqlstate == "42501") {
    error.hint = fmt::format("GRANT INSERT ON {} TO {};", QuotedTable(table),
                             pg::QuoteName(connection.user()));
  } else if (pg::IsPartitionMissing(failure)) {
    error.message += ": no partition takes one of the rows";
    error.hint = fmt::format(
        "make it: CREATE TABLE ... PARTITION OF {} ...; or one for all the rest: ... DEFAULT",
        QuotedTable(table));
  } else if (failure.InClass("22") || failure.InClass("23")) {
    error.hint =
        "the server refuses a row that fits the table's types; nothing of its batch was written "
        "and its messages go back to the queue.  Mend the table or the mapping, and run again";
  } else if (error.code == ErrorCode::kConfig) {
    error.hint = "the table may have changed since the start: run `bauta check`, and run again";
  }
  return error;
}

Error Standby(const pg::Connection& connection) {
  return Retryable(fmt::format("{} is a read-only standby", connection.place()),
                   "name the primary, or all hosts: postgresql://one,two/database");
}

}  // namespace bauta::sinks
