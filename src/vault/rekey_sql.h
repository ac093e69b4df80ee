// The transactions of a rekey.  For vault/ itself.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::vault {

// As all that writes to the vault: it keeps erasures out until its end.
inline constexpr const char* kBeginShared =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL client_min_messages = warning; "
    "SET LOCAL lock_timeout = '20s'; "
    "SELECT set_config('synchronous_commit', 'on', true) "
    "WHERE current_setting('synchronous_commit') IN ('off', 'local'); "
    "SELECT pg_advisory_xact_lock_shared(1650554225, 1); "
    "SELECT pg_advisory_xact_lock_shared(1650554225, 2)";
// As an erasure: nobody writes to the vault meanwhile.
inline constexpr const char* kBeginAlone =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL client_min_messages = warning; "
    "SET LOCAL lock_timeout = '20s'; "
    "SELECT set_config('synchronous_commit', 'on', true) "
    "WHERE current_setting('synchronous_commit') IN ('off', 'local'); "
    "SELECT pg_advisory_xact_lock_shared(1650554225, 1); "
    "SELECT pg_advisory_xact_lock(1650554225, 2)";

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
