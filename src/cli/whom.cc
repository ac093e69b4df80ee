#include "cli/whom.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>

#include "base/clock.h"
#include "base/text.h"

namespace bauta::cli {

Result<std::string> ReadWhom(const Context& context, const std::string& column) {
  const bool terminal = isatty(STDIN_FILENO) != 0;
  if (terminal && context.no_input) {
    return ConfigError("nothing says whom it is about", "give the value on standard input");
  }
  if (terminal) fmt::print(stderr, "{}: ", column);
  std::string line, more;
  std::getline(std::cin, line);
  if (line.ends_with('\r')) line.pop_back();
  if (TrimAscii(line).empty()) {
    return ConfigError("standard input: its first line is empty",
                       fmt::format("give the value of {} there", column));
  }
  if (!terminal && std::getline(std::cin, more) && !more.empty()) {
    return ConfigError("standard input: has more than one line", "give one after the other");
  }
  if (!IsValidUtf8(line) || line.find('\0') != std::string::npos) {
    return ConfigError("standard input: is no text", "give it as UTF-8");
  }
  return line;
}

Result<std::string> NameForSql(pg::Connection& connection, const TableSchema& table) {
  return TRY(connection.Exec("SELECT format('%I.%I', $1, $2)",
                             pg::Params().Text(table.schema).Text(table.name)))
      .String(0, 0);
}

std::int64_t NowMs() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(SystemClock().Now());
  return now.time_since_epoch().count();
}

}  // namespace bauta::cli
