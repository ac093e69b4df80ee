// Who else has a token: other rows, in any table that schema bauta knows.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"
#include "vault/erasing.h"

namespace bauta::vault {

// Tokens that the vault, or its aliases, know of: those that no row has any more, and the others.
struct Fates {
  std::vector<std::string> forgotten, kept;
};

// One thread at a time.
class References {
 public:
  // Every table and column that holds tokens.  kConfig: tables that this user may not read.
  static Result<References> Read(pg::Connection& rows);

  // Rows that do not count: `where`, of `table`, an SQL expression whose parameters are bound from
  // $2 on by `bind`.
  struct But {
    std::string table, where;
    std::function<void(pg::Params&)> bind;
  };
  // `tokens` and their aliases, as far as the vault knows of them.  Under a lock that keeps the
  // ingest out, if the answer is to hold.
  Result<Fates> Sort(const ErasePlaces& places, const std::vector<std::string>& tokens,
                     const But* but = nullptr) const;

 private:
  struct Column {
    std::string table, column;  // Quoted.
  };
  std::vector<Column> columns_;
};

}  // namespace bauta::vault
