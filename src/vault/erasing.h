// A transaction that takes something out of the vault, and keeps the ingest out meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::vault {

// Where it takes place.  Neither is owned.
struct ErasePlaces {
  pg::Connection& rows;
  pg::Connection* vault = nullptr;  // Where schema pii has a database of its own.
  // Then aliases are with the rows all the same, if keys have ever been rotated.
  bool aliases_with_rows = false;

  pg::Connection& pii() const { return vault != nullptr ? *vault : rows; }
};

// Whether a vault apart has left aliases with the rows.  kConfig if this user may not read and
// remove them.
Result<bool> AliasesWithRows(pg::Connection& rows);

// Begins one, in the rows' database.
Result<> BeginErasing(const ErasePlaces& places);
// Waits for transactions of the ingest, and those that follow wait for the end of this one: what is
// read of the rows from here on is so until CommitErasing.
Result<> LockOutIngest(const ErasePlaces& places);
// Of a vault apart: what pii.erase and pii.expire do where all is in one database.
Result<> ForgetAliases(const ErasePlaces& places, const std::vector<std::string>& tokens,
                       const std::string& reason);
// A vault apart first: an original without a row would be found by nobody again.
Result<> CommitErasing(const ErasePlaces& places);

// Does `step`, which is such a transaction; again, a few times, after what may pass.
Result<> TryErasing(const ErasePlaces& places, const std::function<Result<>()>& step);

}  // namespace bauta::vault
