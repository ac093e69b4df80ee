// What the tests of mapping/ share: rules and tables in one line, values as text.
#pragma once

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "core/batch.h"
#include "core/column_rule.h"
#include "core/table_schema.h"

namespace bauta::fakes {

inline Column MakeColumn(ColumnType type, int max_chars = 0, int precision = 0, int scale = 0) {
  Column column;
  column.name = "c";
  column.type = type;
  column.max_chars = max_chars;
  column.precision = precision;
  column.scale = scale;
  return column;
}

inline ColumnRule MakeRule(std::string column, std::string from) {
  ColumnRule rule;
  rule.column = std::move(column);
  rule.from = std::move(from);
  return rule;
}

inline std::string ShowArray(std::string_view bytes) {
  std::string shown;
  while (!bytes.empty()) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (!shown.empty()) shown += "|";
    shown += size == 0xffffffff ? "NULL" : bytes.substr(0, size);
    if (size != 0xffffffff) bytes.remove_prefix(size);
  }
  return "{" + shown + "}";
}

inline std::string Show(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull:
      return "NULL";
    case Value::Kind::kBool:
      return value.integer != 0 ? "true" : "false";
    case Value::Kind::kInteger:
      return fmt::format("{}", value.integer);
    case Value::Kind::kFloat:
      return fmt::format("{}", value.real);
    case Value::Kind::kText:
      return "'" + std::string(value.text) + "'";
    case Value::Kind::kDate:
      return fmt::format("day {}", value.integer);
    case Value::Kind::kTimestamp:
      return fmt::format("us {}", value.integer);
    case Value::Kind::kDecimal:
      return fmt::format("dec {}", value.text);
    case Value::Kind::kJson:
      return fmt::format("json {}", value.text);
    case Value::Kind::kUuid:
    case Value::Kind::kInet:
      return "hex " + HexEncode(value.text);
    case Value::Kind::kTextArray:
      return ShowArray(value.text);
  }
  return "?";
}

// "a, b" for a row, "reason" or "reason@column" for a refusal.
inline std::string Show(const Event& event) {
  if (event.row.has_value() == event.refusal.has_value()) return "neither or both";
  if (event.refusal) {
    const std::string code(Code(event.refusal->reason));
    return event.refusal->column.empty() ? code : fmt::format("{}@{}", code, event.refusal->column);
  }
  std::string shown;
  for (const Value& value : event.row->values()) {
    shown += (shown.empty() ? "" : ", ") + Show(value);
  }
  return shown;
}

// Sent at 2023-11-14 22:13:20.123 UTC.
inline Message MakeMessage(std::string body) {
  Message message;
  message.key.sent_ms = 1'700'000'000'123;
  message.id = "5fea7756-0ea4-451a-a703-a558b933e274";
  message.body = std::move(body);
  return message;
}

}  // namespace bauta::fakes
