#pragma once

#include <string>
#include <vector>

#include "core/column_rule.h"
#include "core/table_schema.h"

namespace bauta::mapping {

struct Problem {
  const ColumnRule* rule;  // Null if it is the table that asks for something, or the next.
  std::string message;
  std::string hint;          // May be empty.
  bool rest_column = false;  // It is about `unknown_fields: column:...`.
};

// All that keeps `rules` from filling `table`; empty if nothing does.  Pure.
std::vector<Problem> CheckRules(const MappingRules& rules, const TableSchema& table);

}  // namespace bauta::mapping
