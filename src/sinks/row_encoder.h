#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "core/row.h"
#include "core/table_schema.h"
#include "pg/copy_buffer.h"

namespace bauta::sinks {

// Rows into the binary COPY format of one table.  One thread at a time.
class RowEncoder {
 public:
  // `columns`: the targets of a Row's values, in their order.  kConfig if one can't be written.
  static Result<RowEncoder> Make(const TableSchema& table, const std::vector<std::string>& columns);

  // kFatal if a value does not have its column's type: a bug of the mapping.
  Result<> Encode(const Row& row, pg::CopyBuffer& out) const;

  // COPY "schema"."table" (columns) FROM STDIN (FORMAT binary)
  const std::string& copy_sql() const { return copy_sql_; }

 private:
  std::vector<ColumnType> types_;
  std::string copy_sql_;
};

}  // namespace bauta::sinks
