#include "cli/vault_access.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "vault/audited.h"

namespace bauta::cli {
namespace {

constexpr std::size_t kRoomForWhat = 40;  // Behind a reason, in the audit.

// Where schema pii is.
Result<pg::Connection> ConnectPii(const config::Config& config, Blame& blame) {
  return config.vault.url ? ConnectVault(config, blame) : Connect(config, blame);
}

}  // namespace

Result<pg::Connection> OpenDesk(const config::Config& config, Blame& blame,
                                Result<> (*check)(pg::Connection&)) {
  pg::Connection connection = TRY(ConnectPii(config, blame));
  const bool there = TRY(vault::HasPii(connection));
  TRY(blame.On(there ? config::codes::kPrivilege : config::codes::kSchema, VaultUrlPath(config),
               check(connection)));
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

Result<> RecordAccess(const config::Config& config, Blame& blame, std::string_view action,
                      const std::string& reason, const std::string& what) {
  pg::Connection connection = TRY(ConnectPii(config, blame));
  if (!TRY(vault::HasPii(connection))) {
    log::Warn("audit", "there is no schema pii, so this leaves no record but this line",
              {{"action", action}, {"reason", reason}, {"what", what}});
    return Ok();
  }
  const std::string why = TRY(CheckReason(reason, 500 - kRoomForWhat));
  TRY(blame.On(config::codes::kPrivilege, VaultUrlPath(config),
               vault::CheckLogger(connection, "bauta_operator")));
  const std::optional<std::string_view> no_token;
  return vault::LogAccess(connection, action, {&no_token, 1}, fmt::format("{} [{}]", why, what));
}

}  // namespace bauta::cli
