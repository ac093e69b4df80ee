#include "cli/case_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/text.h"

namespace bauta::cli {
namespace {

struct TypeName {
  std::string_view name;
  ColumnType type;
};

// The first of a type's names is the one that is written.
constexpr auto kTypes = std::to_array<TypeName>({
    {"text", ColumnType::kText},
    {"varchar", ColumnType::kVarchar},
    {"character varying", ColumnType::kVarchar},
    {"char", ColumnType::kChar},
    {"character", ColumnType::kChar},
    {"smallint", ColumnType::kInt16},
    {"int2", ColumnType::kInt16},
    {"integer", ColumnType::kInt32},
    {"int", ColumnType::kInt32},
    {"int4", ColumnType::kInt32},
    {"bigint", ColumnType::kInt64},
    {"int8", ColumnType::kInt64},
    {"numeric", ColumnType::kNumeric},
    {"decimal", ColumnType::kNumeric},
    {"real", ColumnType::kFloat32},
    {"float4", ColumnType::kFloat32},
    {"double precision", ColumnType::kFloat64},
    {"float8", ColumnType::kFloat64},
    {"boolean", ColumnType::kBool},
    {"bool", ColumnType::kBool},
    {"date", ColumnType::kDate},
    {"timestamp", ColumnType::kTimestamp},
    {"timestamp without time zone", ColumnType::kTimestamp},
    {"timestamptz", ColumnType::kTimestampTz},
    {"timestamp with time zone", ColumnType::kTimestampTz},
    {"uuid", ColumnType::kUuid},
    {"inet", ColumnType::kInet},
    {"cidr", ColumnType::kCidr},
    {"json", ColumnType::kJson},
    {"jsonb", ColumnType::kJsonb},
    {"text[]", ColumnType::kTextArray},
});

bool TakeEnd(std::string& words, std::string_view end) {
  if (!words.ends_with(end)) return false;
  words.resize(words.size() - end.size());
  words = TrimAscii(words);
  return true;
}

// "10,2" -> 10 and 2; 0 where there is none.
std::array<int, 2> Numbers(std::string_view text) {
  std::array<int, 2> numbers = {0, 0};
  for (int& number : numbers) {
    text = TrimAscii(text);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    text = TrimAscii(text);
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  return numbers;
}

// As YAML: in quotes unless it is of harmless characters.
std::string Plain(const std::string& word) {
  constexpr std::string_view kHarmless = "abcdefghijklmnopqrstuvwxyz0123456789_ (),";
  constexpr auto kMeaning = std::to_array<std::string_view>(
      {"yes", "no", "null", "true", "false", "on", "off", "y", "n"});
  const bool named = !word.empty() && word.front() >= 'a' && word.front() <= 'z';
  const bool plain = named && word.find_first_not_of(kHarmless) == std::string::npos &&
                     std::count(kMeaning.begin(), kMeaning.end(), word) == 0;
  return plain ? word : JsonString(word);
}

}  // namespace

Column ReadColumnType(std::string_view name, std::string_view words) {
  std::string type(TrimAscii(words));
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  Column column;
  column.name = name;
  column.has_default = TakeEnd(type, " default");
  column.not_null = TakeEnd(type, " not null");
  column.type_name = type;
  std::array<int, 2> numbers = {0, 0};
  const std::size_t open = type.find('('), close = type.find(')');
  if (open != std::string::npos && close != std::string::npos && open < close) {
    numbers = Numbers(std::string_view(type).substr(open + 1, close - open - 1));
    type = std::string(TrimAscii(type.substr(0, open))) + type.substr(close + 1);
  }
  const auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return t.name == type; });
  column.type = found == kTypes.end() ? ColumnType::kUnsupported : found->type;
  if (column.type == ColumnType::kVarchar || column.type == ColumnType::kChar) {
    column.max_chars = numbers[0];
  } else if (column.type == ColumnType::kNumeric) {
    column.precision = numbers[0];
    column.scale = numbers[1];
  }
  return column;
}

std::string ColumnTypeWords(const Column& column) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const TypeName& t) { return t.type == column.type; });
  std::string words(found == kTypes.end() ? column.type_name : found->name);
  if (column.max_chars > 0) words += fmt::format("({})", column.max_chars);
  if (column.precision > 0) words += fmt::format("({},{})", column.precision, column.scale);
  if (column.not_null) words += " not null";
  if (column.has_default) words += " default";
  return words;
}

std::string TableSection(const TableSchema& table) {
  std::string section = "table:\n";
  for (const Column& column : table.columns) {
    if (column.generated || column.identity_always) continue;
    section += fmt::format("  {}: {}\n", Plain(column.name), Plain(ColumnTypeWords(column)));
  }
  return section;
}

}  // namespace bauta::cli
