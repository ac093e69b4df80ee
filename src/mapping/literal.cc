#include "mapping/literal.h"

#include <optional>

#include "base/text.h"

namespace bauta::mapping {

Literal::Literal(const std::string& literal, const Column& column, EventReader& reader)
    : text_(std::make_unique<const std::string>(literal)) {
  const bool is_json = column.type == ColumnType::kJson || column.type == ColumnType::kJsonb;
  if (is_json || column.type == ColumnType::kTextArray) {
    if (const std::optional<Json> parsed = reader.ParseText(*text_)) {
      json_ = *parsed;
      return;
    }
  }
  json_.kind = Json::Kind::kString;
  json_.raw = *text_;
  if (!is_json) return;
  // A JSON column shows a string with its quotes.
  text_ = std::make_unique<const std::string>(JsonString(literal));
  json_.raw = std::string_view(*text_).substr(1, text_->size() - 2);
  json_.escaped = json_.raw.find('\\') != std::string_view::npos;
}

}  // namespace bauta::mapping
