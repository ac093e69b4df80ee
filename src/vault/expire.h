// Originals that nothing leads to any more.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "pg/connection.h"
#include "vault/erasing.h"

namespace bauta::vault {

struct ExpireCounts {
  std::uint64_t looked_at = 0;  // Originals.
  std::uint64_t gone = 0;       // Of them: no row has their tokens.
};

// kConfig if there is no schema pii at `connection`, or this user may not expire in it.
Result<> CheckExpirer(pg::Connection& connection);

enum class ExpireMode { kReal, kDryRun };

// Takes out of the vault what no row refers to, in any table that schema bauta of places.rows
// knows, some thousand at a time, each a transaction of its own.  `reason` stands in the audit. Cut
// short, it is finished by calling it again.  One thread at a time.
Result<ExpireCounts> ExpireVault(const ErasePlaces& places, const std::string& reason,
                                 ExpireMode mode,
                                 const std::function<void(const ExpireCounts&)>& progress);

// Bodies in the quarantine that are older than its retention: emptied, or what would be.
Result<std::uint64_t> ExpireBodies(pg::Connection& rows, ExpireMode mode);

}  // namespace bauta::vault
