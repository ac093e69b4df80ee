// The rows of a person, as they stand in the table.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"
#include "pg/params.h"
#include "vault/erase.h"

namespace bauta::vault {

// That a row is that person's, as SQL; its parameter is $`first`, which BindPerson binds.
std::string IsPersons(const EraseOrder& order, int first);
pg::Params BindPerson(const EraseOrder& order, pg::Params params);

struct PersonRows {
  std::vector<std::string> rows;    // JSON objects, in the table's order of columns.
  std::vector<std::string> tokens;  // In their columns of tokens; each once.
  std::string at;                   // By the server's clock: "2026-11-21T07:00:00Z".
};

// kConfig: this user may not read the table.  In one snapshot; one thread at a time.
Result<PersonRows> ReadPersonRows(pg::Connection& connection, const EraseOrder& order);

}  // namespace bauta::vault
