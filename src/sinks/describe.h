// What an error of the server means for who reads it.
#pragma once

#include <string>

#include "base/result.h"
#include "core/table_schema.h"
#include "pg/connection.h"

namespace bauta::sinks {

std::string QuotedTable(const TableSchema& table);  // For SQL.
// Says that it came of writing there, unless it passes by itself.
Error InTable(const TableSchema& table, Error error);
// `error` is of the connection's last failure: adds what may have caused it, and what helps.
Error Describe(const pg::Connection& connection, const TableSchema& table, Error error);
// kRetryable: the server takes no writes for now.
Error Standby(const pg::Connection& connection);

}  // namespace bauta::sinks
