#include <fmt/format.h>

#include "pg/catalog.h"
#include "sinks/postgres_sink.h"

namespace bauta::sinks {
namespace {

struct TypeName {
  std::uint32_t oid;
  ColumnType type;
};

// PostgreSQL's built-in types; their numbers never change.
constexpr TypeName kTypes[] = {
    {25, ColumnType::kText},          {1043, ColumnType::kVarchar}, {1042, ColumnType::kChar},
    {21, ColumnType::kInt16},         {23, ColumnType::kInt32},     {20, ColumnType::kInt64},
    {1700, ColumnType::kNumeric},     {700, ColumnType::kFloat32},  {701, ColumnType::kFloat64},
    {16, ColumnType::kBool},          {1082, ColumnType::kDate},    {1114, ColumnType::kTimestamp},
    {1184, ColumnType::kTimestampTz}, {2950, ColumnType::kUuid},    {869, ColumnType::kInet},
    {650, ColumnType::kCidr},         {114, ColumnType::kJson},     {3802, ColumnType::kJsonb},
    {1009, ColumnType::kTextArray},
};

ColumnType TypeOf(std::uint32_t oid) {
  for (const TypeName& t : kTypes) {
    if (t.oid == oid) return t.type;
  }
  return ColumnType::kUnsupported;
}

Column ToColumn(const pg::CatalogColumn& from) {
  Column to;
  to.name = from.name;
  to.type = from.is_enum ? ColumnType::kEnum : TypeOf(from.type_oid);
  to.type_name = from.type_name;
  const int modifier = from.typmod - 4;  // Less the length word it counts.
  if ((to.type == ColumnType::kVarchar || to.type == ColumnType::kChar) && modifier > 0) {
    to.max_chars = modifier;
  }
  if (to.type == ColumnType::kNumeric && modifier >= 0) {
    to.precision = modifier >> 16 & 0xffff;
    to.scale = ((modifier & 0x7ff) ^ 1024) - 1024;
  }
  to.not_null = from.not_null;
  to.has_default = from.has_default;
  to.identity_always = from.identity_always;
  to.generated = from.generated;
  return to;
}

// Why rows must not go to a table or partition of that pg_class.relkind and relpersistence; empty
// if they may.
std::string Unfit(char kind, char persistence) {
  if (kind == 'f') return "is a foreign table: its rows do not commit with the ledger";
  if (kind != 'r' && kind != 'p') return "is no table";
  if (persistence == 't') return "is temporary";
  if (persistence == 'u') return "is unlogged: a crash of the server empties it";
  return "";
}

std::string Unfit(const pg::CatalogTable& table) {
  const std::string unfit = Unfit(table.kind, table.persistence);
  if (!unfit.empty()) return unfit;
  return table.row_security ? "has row security that applies to this user" : "";
}

Error NotSafe(const std::string& what) {
  return ConfigError(what, "rows are only as safe as their table: name an ordinary, logged one");
}

// COPY routes rows to wherever they belong: all of it must be safe.
Result<> CheckPartitions(const pg::CatalogTable& table) {
  for (const pg::CatalogPartition& part : table.partitions) {
    const std::string unfit = Unfit(part.kind, part.persistence);
    if (unfit.empty()) continue;
    return NotSafe(fmt::format("{}.{}: its partition {}.{} {}", table.schema, table.name,
                               part.schema, part.name, unfit));
  }
  return Ok();
}

}  // namespace

Result<TableSchema> ReadTableSchema(pg::Connection& connection, const std::string& table) {
  const pg::CatalogTable found = TRY(pg::ReadTable(connection, table));
  const std::string unfit = Unfit(found);
  if (!unfit.empty()) return NotSafe(fmt::format("{}.{} {}", found.schema, found.name, unfit));
  TRY(CheckPartitions(found));
  TableSchema schema{found.schema, found.name, {}};
  for (const pg::CatalogColumn& column : found.columns) schema.columns.push_back(ToColumn(column));
  return schema;
}

}  // namespace bauta::sinks
