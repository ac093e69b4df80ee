#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::pg {

// A table as the system catalog has it.
struct CatalogColumn {
  std::string name;
  std::uint32_t type_oid = 0;  // Of the base type, if the column's is a domain.
  int typmod = -1;             // Likewise.
  bool is_enum = false;        // Likewise.
  std::string type_name;       // As format_type() prints the column's own type.
  bool not_null = false;
  bool has_default = false;
  bool identity_always = false;
  bool generated = false;
};

// A partition at any depth below a partitioned table.
struct CatalogPartition {
  std::string schema, name;  // Unquoted.
  char kind = 'r';           // pg_class.relkind
  char persistence = 'p';    // pg_class.relpersistence
};

struct CatalogTable {
  std::string schema, name;   // Unquoted.
  char kind = 'r';            // pg_class.relkind
  char persistence = 'p';     // pg_class.relpersistence
  bool row_security = false;  // Active for the user of this connection.
  std::vector<CatalogColumn> columns;
  std::vector<CatalogPartition> partitions;
};

// `table`: as in SQL, "schema"."Name" or name; found by the search path.
// kConfig if there is none, saying where it was looked for.
Result<CatalogTable> ReadTable(Connection& connection, const std::string& table);

}  // namespace bauta::pg
