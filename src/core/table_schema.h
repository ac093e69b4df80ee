// The target table as its catalog describes it: what a value must fit before it reaches the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bauta {

enum class ColumnType {
  kText,
  kVarchar,
  kChar,
  kInt16,
  kInt32,
  kInt64,
  kNumeric,
  kFloat32,
  kFloat64,
  kBool,
  kDate,
  kTimestamp,
  kTimestampTz,
  kUuid,
  kInet,
  kCidr,
  kJson,
  kJsonb,
  kTextArray,
  kEnum,         // Read as text; its labels may change while we run, so the server knows them.
  kUnsupported,  // Any other type: may be in the table, can't be mapped.
};

struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
  std::string type_name =
      "text";         // As the catalog prints it, for messages: "character varying(128)".
  int max_chars = 0;  // varchar(n), char(n): n; 0 = no limit.
  int precision = 0, scale = 0;  // numeric(p,s): p = 0 means any.
  bool not_null = false;
  bool has_default = false;
  bool identity_always = false;
  bool generated = false;
};

struct TableSchema {
  std::string schema;  // Both unquoted, as in the catalog.
  std::string name;
  std::vector<Column> columns;

  // The column of that exact name, or null.
  const Column* Find(std::string_view column) const {
    for (const Column& c : columns) {
      if (c.name == column) return &c;
    }
    return nullptr;
  }
};

}  // namespace bauta
