// The transactions of a rekey.  For vault/ itself.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::vault {

// Begins one as all that writes to the vault: it keeps erasures out until its end.
std::string BeginShared();
// As an erasure: nobody writes to the vault meanwhile.
std::string BeginAlone();

inline constexpr const char* kInsertAliases =
    "INSERT INTO pii.token_alias (old_token, new_token, domain) "
    "SELECT o, n, d FROM unnest($1, $2, $3) AS u(o, n, d) ORDER BY o COLLATE \"C\" "
    "ON CONFLICT (old_token) DO NOTHING";

// In a transaction: aliases that were verified, each in the place of any other that its old token
// may have.
Result<> WriteAliases(pg::Connection& connection,
                      std::span<const std::optional<std::string_view>> old_tokens,
                      std::span<const std::optional<std::string_view>> new_tokens,
                      std::span<const std::optional<std::string_view>> domains);

}  // namespace bauta::vault
