#include "sinks/refusals.h"

namespace bauta::sinks {

Refusal Refusals::Of(pg::Connection& connection, const TableSchema& table,
                     const pg::Failure& failure) {
  if (failure.sqlstate.empty()) return {Reason::kRowSuppressed, {}};
  Refusal refusal{Reason::kConstraint, {}};
  const Column* const column = table.Find(failure.column);
  if (column != nullptr) refusal.column = column->name;
  refusal.sqlstate = *states_.insert(failure.sqlstate).first;
  refusal.constraint = Constraint(connection, failure.constraint);
  return refusal;
}

// The same name if it is a constraint's or an index's.
std::string_view Refusals::Constraint(pg::Connection& connection, const std::string& name) {
  if (name.empty()) return {};
  if (const auto at = constraints_.find(name); at != constraints_.end()) return *at;
  const Result<pg::Rows> found = connection.Exec(
      "SELECT FROM pg_catalog.pg_constraint WHERE conname = $1 UNION ALL "
      "SELECT FROM pg_catalog.pg_class WHERE relname = $1 AND relkind IN ('i', 'I')",
      pg::Params().Text(name));
  if (!found.ok() || found->size() == 0) return {};
  return *constraints_.insert(name).first;
}

}  // namespace bauta::sinks
