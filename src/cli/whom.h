// Whom a command is about: read from standard input, never an argument.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "core/table_schema.h"
#include "pg/connection.h"

namespace bauta::cli {

// One line, of text; asks for `column` on a terminal.  Arguments stand in `ps` and in the shell's
// history.  kConfig.  Main thread.
Result<std::string> ReadWhom(const Context& context, const std::string& column);

// A table as the server writes its name, quoted.
Result<std::string> NameForSql(pg::Connection& connection, const TableSchema& table);

// Of the system's clock.
std::int64_t NowMs();

}  // namespace bauta::cli
