#include "vault/old_tokens.h"

#include <fmt/format.h>

#include "vault/access.h"
#include "vault/token_parts.h"

namespace bauta::vault {

Result<std::optional<std::string>> FindOldTokens(pg::Connection& connection,
                                                 const std::string& table,
                                                 std::span<const std::string> columns,
                                                 std::string_view kid) {
  for (const std::string& column : columns) {
    const pg::Rows found =
        TRY(connection.Query(fmt::format("SELECT EXISTS (SELECT FROM {} WHERE {})", table,
                                         IsOfKey(pg::QuoteName(column) + "::text", kid))));
    if (found.Bool(0, 0)) return std::optional(column);
  }
  return std::optional<std::string>();
}

Result<bool> VaultHasKey(pg::Connection& connection, std::string_view kid) {
  if (!TRY(HasPii(connection))) return false;
  const pg::Rows found = TRY(connection.Exec("SELECT EXISTS (SELECT FROM pii.vault WHERE kid = $1)",
                                             pg::Params().Text(kid)));
  return found.Bool(0, 0);
}

Result<bool> VaultHasRecipient(pg::Connection& connection, std::string_view recipient) {
  if (!TRY(HasPii(connection))) return false;
  const pg::Rows found = TRY(connection.Exec(
      "SELECT EXISTS (SELECT FROM pii.vault WHERE recipient = $1)", pg::Params().Text(recipient)));
  return found.Bool(0, 0);
}

// An erasure leaves its marks, one under each key that it knew, within minutes.
Result<std::optional<std::string>> ErasedUnder(pg::Connection& pii, std::string_view kid,
                                               std::string_view primary, std::int64_t days) {
  if (!TRY(HasPii(pii))) return std::optional<std::string>();
  const pg::Rows day = TRY(pii.Exec(
      fmt::format("SELECT to_char((max(e.erased_at) AT TIME ZONE 'UTC') + $1::int * interval '1d' "
                  "+ interval '1d', 'YYYY-MM-DD') FROM pii.erased e "
                  "WHERE e.token_or_subject ~ '^[hs]1:{}:' "
                  "AND e.erased_at > now() - $1::int * interval '1d' "
                  "AND NOT EXISTS (SELECT FROM pii.erased o WHERE o.token_or_subject ~ "
                  "'^[hs]1:{}:' AND o.erased_at BETWEEN e.erased_at - interval '10 min' "
                  "AND e.erased_at + interval '1 min')",
                  kid, primary),
      pg::Params().Text(std::to_string(days))));
  if (day.IsNull(0, 0)) return std::optional<std::string>();
  return std::optional(day.String(0, 0));
}

Result<std::int64_t> DropAliases(pg::Connection& connection, std::string_view kid) {
  if (!TRY(HasPii(connection))) return std::int64_t{0};
  const pg::Rows gone =
      TRY(connection.Query("DELETE FROM pii.token_alias WHERE " + IsOfKey("old_token", kid)));
  return gone.affected();
}

}  // namespace bauta::vault
