// From what a person says to the order that vault/ carries out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "core/table_schema.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "vault/erase.h"

namespace bauta::cli {

// Whom to erase, or whose rows to export.
struct Whom {
  std::string column;  // Of a value; empty for a person.
  std::string text;    // PII: no message has it.
};

// The column that `whom` is a value of: --column, else the subject's.  kConfig if there is none, or
// its values cannot be told apart.
Result<const ColumnRule*> ColumnOf(const config::Config& config, const std::string& column);

// So many days after a message was sent at the latest, nothing can make a row of it any more.
std::int64_t DaysOfWay(const config::Config& config);

// Columns and tokens; rows, reason and table are the caller's.  `connection` knows how a person's
// value is written in the subject's column.  `now_ms`: for domains that change with the month.
// kConfig, kRejected: the column takes no such value.
Result<vault::EraseOrder> MakeOrder(const config::Config& config, const keys::KeyRing& ring,
                                    const TableSchema& table, pg::Connection& connection,
                                    const Whom& whom, std::int64_t now_ms);

}  // namespace bauta::cli
