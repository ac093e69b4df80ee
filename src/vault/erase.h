// Forgetting a person or a value: PRIVACY, section 3.10.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"
#include "vault/erasing.h"

namespace bauta::vault {

enum class RowsBecome { kNull, kDeleted };

struct EraseOrder {
  // A column that a mask has filled.
  struct Column {
    std::string name;                      // Quoted.
    std::string type = {};                 // To cast `values` to; empty for text.
    std::size_t field = 0;                 // Those of one number are made of the same field.
    bool token = false;                    // Holds tokens.
    std::vector<std::string> values = {};  // Of an order by value: what the value is here.
  };

  std::string table;  // Quoted, for SQL.
  std::vector<Column> columns;
  std::string rest_column = {};  // Quoted: fields that no column is for; empty if there is none.
  // For the list of what was erased: tokens of the person, or of the value.
  std::vector<std::string> marks;
  std::vector<std::string> more_tokens = {};  // Of the value, of months whose messages are all in.
  std::string subject_column = {};            // Quoted; empty for an order by value.
  std::optional<std::string> person = {};     // Of the subject's column, in clear; else by `marks`.
  std::string subject_type = {};              // To cast `person` to; empty for text.
  RowsBecome rows = RowsBecome::kDeleted;
  std::string reason;
};

struct EraseCounts {
  std::uint64_t rows = 0;
  std::uint64_t originals = 0;  // Gone from the vault.
  std::uint64_t shared = 0;     // Originals that stay, for rows of others have their tokens.
};

// kConfig if there is no schema pii at `connection`, or this user may not erase in it.
Result<> CheckEraser(pg::Connection& connection);

// `table`'s rows of that person or with that value, in transactions of some thousand rows each;
// with each the vault's and the aliases' rows of tokens that no row is left with, in any table that
// schema bauta knows.  Marks first: from then on the ingest refuses what was sent before.  With a
// vault apart, what is gone there is committed before the rows.  Cut short, it is finished by
// calling it again.  kConfig: a missing privilege.  One thread at a time.
Result<EraseCounts> Erase(const ErasePlaces& places, const EraseOrder& order,
                          const std::function<void(const EraseCounts&)>& progress);
// What Erase would do; changes nothing.
Result<EraseCounts> WouldErase(const ErasePlaces& places, const EraseOrder& order);

// Bodies of refused events: nobody can look for a person in what is sealed.
struct SealedBodies {
  std::uint64_t held = 0;
  std::string gone_by;  // The day on which retention has emptied them: "2026-12-21".
};
Result<SealedBodies> CountSealedBodies(pg::Connection& connection);

}  // namespace bauta::vault
