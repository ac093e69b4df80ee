// Tokens that an old key made, and where they still are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::vault {

// Of `columns` the first in which a row of `table` (as SQL names it) has a token of the key.  Reads
// the whole table if there is none.
Result<std::optional<std::string>> FindOldTokens(pg::Connection& connection,
                                                 const std::string& table,
                                                 std::span<const std::string> columns,
                                                 std::string_view kid);

// The vault has originals under tokens of the key.  False where there is no schema pii.
Result<bool> VaultHasKey(pg::Connection& connection, std::string_view kid);
// Likewise, that are sealed for the recipient.
Result<bool> VaultHasRecipient(pg::Connection& connection, std::string_view recipient);

// The day (UTC) by which no message can come any more that must be refused for an erasure of which
// only this key's token stands in the list, because it was before `primary` was in use; `days`:
// so long a message can be on its way.  Nothing if there is none.  `pii`: where schema pii has the
// list.
Result<std::optional<std::string>> ErasedUnder(pg::Connection& pii, std::string_view kid,
                                               std::string_view primary, std::int64_t days);

// Takes away the aliases of a key's tokens; how many.  None where there is no schema pii.
Result<std::int64_t> DropAliases(pg::Connection& connection, std::string_view kid);

}  // namespace bauta::vault
