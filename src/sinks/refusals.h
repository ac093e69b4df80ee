// What the quarantine may note of a row that the server refuses.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/batch.h"
#include "core/table_schema.h"
#include "pg/connection.h"

namespace bauta::sinks {

// Only names that the catalog knows: a trigger may call anything a column or a constraint, also a
// value.  What it returns is good as long as it and the table are.
class Refusals {
 public:
  // `failure` without an SQLSTATE: the row vanished.  `connection` must be outside a transaction
  // that has failed.
  Refusal Of(pg::Connection& connection, const TableSchema& table, const pg::Failure& failure);

 private:
  std::string_view Constraint(pg::Connection& connection, const std::string& name);

  std::set<std::string> states_, constraints_;
};

}  // namespace bauta::sinks
