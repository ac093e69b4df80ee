#include "cli/vault_access.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/wiring.h"
#include "config/codes.h"

namespace bauta::cli {

Result<pg::Connection> ConnectVault(const config::Config& config, Blame& blame) {
  return Connect(config, blame);
}

Result<pg::Connection> ConnectVault(const config::Config& config, const vault::Need& need,
                                    Blame& blame) {
  pg::Connection connection = TRY(ConnectVault(config, blame));
  const bool there = TRY(vault::HasVault(connection));
  TRY(blame.On(there ? config::codes::kPrivilege : config::codes::kSchema, paths::kUrl,
               vault::CheckAccess(connection, need)));
  return connection;
}

Result<std::string> CheckReason(const std::string& reason, std::size_t most) {
  const std::string_view trimmed = TrimAscii(reason);
  const bool text = IsValidUtf8(trimmed) && trimmed.find('\0') == std::string_view::npos;
  const std::size_t length = text ? Utf8Length(trimmed) : 0;
  if (length >= 8 && length <= most) return std::string(trimmed);
  return ConfigError(fmt::format("--reason: has {} characters; it takes 8 to {}", length, most),
                     "say why, so that whoever reads the audit understands: --reason 'ticket 4711: "
                     "account takeover'");
}

}  // namespace bauta::cli
