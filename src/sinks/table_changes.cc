#include "sinks/table_changes.h"

#include <fmt/format.h>

#include "pg/connection.h"

namespace bauta::sinks {
namespace {

// How wide a type is among those that take each other's values; 0 if it is of no such family.
int WidthAmong(ColumnType type, bool integers) {
  switch (type) {
    case ColumnType::kInt16:
      return integers ? 1 : 0;
    case ColumnType::kInt32:
      return integers ? 2 : 0;
    case ColumnType::kInt64:
      return integers ? 3 : 0;
    case ColumnType::kVarchar:
      return integers ? 0 : 1;
    case ColumnType::kText:
      return integers ? 0 : 2;
    default:
      return 0;
  }
}

bool TypeHolds(ColumnType is, ColumnType was) {
  if (is == was) return true;
  for (const bool integers : {true, false}) {
    const int wide = WidthAmong(is, integers), narrow = WidthAmong(was, integers);
    if (narrow > 0 && wide > narrow) return true;
  }
  return false;
}

}  // namespace

std::string FingerprintSql(const std::string& quoted_table) {
  return fmt::format(
      "(SELECT string_agg(concat_ws(' ', attname, atttypid, atttypmod, attnotnull, attidentity), "
      "', ' ORDER BY attnum) FROM pg_catalog.pg_attribute WHERE attnum > 0 AND NOT attisdropped "
      "AND attrelid = pg_catalog.to_regclass({}))",
      pg::QuoteLiteral(quoted_table));
}

std::string RegisteredSql(std::int16_t pipeline_id) {
  return fmt::format(
      "concat_ws('; ', (SELECT string_agg(concat_ws(' ', kid, kcv, status), ', ' ORDER BY kid) "
      "FROM bauta.key), (SELECT string_agg(concat_ws(' ', column_name, mask, domain, canonical, "
      "bits), ', ' ORDER BY column_name) FROM bauta.masked_column WHERE pipeline = {}))",
      pipeline_id);
}

bool Holds(const Column& is, const Column& was) {
  if (!TypeHolds(is.type, was.type)) return false;
  if (is.max_chars != 0 && (was.max_chars == 0 || is.max_chars < was.max_chars)) return false;
  return is.precision == 0 || (is.precision == was.precision && is.scale == was.scale);
}

}  // namespace bauta::sinks
