#include "sinks/row_encoder.h"

#include <fmt/format.h>

#include <cstring>

#include "pg/connection.h"

namespace bauta::sinks {
namespace {

using Kind = Value::Kind;

Kind KindFor(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kVarchar:
    case ColumnType::kChar:
    case ColumnType::kEnum:
      return Kind::kText;
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
      return Kind::kInteger;
    case ColumnType::kNumeric:
      return Kind::kDecimal;
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
      return Kind::kFloat;
    case ColumnType::kBool:
      return Kind::kBool;
    case ColumnType::kDate:
      return Kind::kDate;
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
      return Kind::kTimestamp;
    case ColumnType::kUuid:
      return Kind::kUuid;
    case ColumnType::kInet:
    case ColumnType::kCidr:
      return Kind::kInet;
    case ColumnType::kJson:
    case ColumnType::kJsonb:
      return Kind::kJson;
    case ColumnType::kTextArray:
      return Kind::kTextArray;
    case ColumnType::kUnsupported:
      break;
  }
  return Kind::kNull;
}

void EncodeValue(ColumnType type, const Value& v, pg::CopyBuffer& out) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kVarchar:
    case ColumnType::kChar:
    case ColumnType::kEnum:
    case ColumnType::kJson:
    case ColumnType::kUuid:
      return out.Text(v.text);
    case ColumnType::kInt16:
      return out.Int16(static_cast<std::int16_t>(v.integer));
    case ColumnType::kInt32:
    case ColumnType::kDate:
      return out.Int32(static_cast<std::int32_t>(v.integer));
    case ColumnType::kInt64:
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
      return out.Int64(v.integer);
    case ColumnType::kNumeric:
      return out.Numeric(v.text);
    case ColumnType::kFloat32:
      return out.Float32(static_cast<float>(v.real));
    case ColumnType::kFloat64:
      return out.Float64(v.real);
    case ColumnType::kBool:
      return out.Bool(v.integer != 0);
    case ColumnType::kInet:
      return out.Inet(v.text, false);
    case ColumnType::kCidr:
      return out.Inet(v.text, true);
    case ColumnType::kJsonb:
      return out.Jsonb(v.text);
    case ColumnType::kTextArray:
      return out.TextArray(v.text);
    case ColumnType::kUnsupported:
      return out.Null();
  }
}

std::string WhyNot(const Column& column) {
  if (column.type == ColumnType::kUnsupported) return "has type " + column.type_name;
  if (column.generated) return "is generated";
  if (column.identity_always) return "is GENERATED ALWAYS AS IDENTITY";
  return "";
}

}  // namespace

Result<RowEncoder> RowEncoder::Make(const TableSchema& table,
                                    const std::vector<std::string>& columns) {
  const std::string name = pg::QuoteName(table.schema) + "." + pg::QuoteName(table.name);
  RowEncoder encoder;
  std::string list;
  for (const std::string& wanted : columns) {
    const Column* const column = table.Find(wanted);
    if (column == nullptr) {
      return ConfigError(
          fmt::format("table {} has no column {}", name, wanted),
          fmt::format("ALTER TABLE {} ADD COLUMN {} text;", name, pg::QuoteName(wanted)));
    }
    const std::string why = WhyNot(*column);
    if (!why.empty()) {
      return ConfigError(
          fmt::format("column {} of table {} can't be written: it {}", wanted, name, why),
          "leave it out of `columns`");
    }
    encoder.types_.push_back(column->type);
    list += (list.empty() ? "" : ", ") + pg::QuoteName(wanted);
  }
  encoder.copy_sql_ = fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)", name, list);
  return encoder;
}

Result<> RowEncoder::Encode(const Row& row, pg::CopyBuffer& out) const {
  const std::span<const Value> values = row.values();
  if (values.size() != types_.size())
    return Fatal("a row has another number of values than columns");
  out.BeginRow(static_cast<std::int16_t>(types_.size()));
  for (std::size_t i = 0; i < types_.size(); ++i) {
    const Value& value = values[i];
    if (value.kind == Kind::kNull) {
      out.Null();
      continue;
    }
    if (value.kind != KindFor(types_[i])) {
      return Fatal(fmt::format("value {} of a row has kind {}, its column is of another type", i,
                               static_cast<int>(value.kind)));
    }
    EncodeValue(types_[i], value, out);
  }
  return Ok();
}

}  // namespace bauta::sinks
