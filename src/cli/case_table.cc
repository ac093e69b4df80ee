#include "cli/case_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <system_error>
#include <vector>

#include "base/text.h"

namespace bauta::cli {
namespace {

struct TypeName {
  std::string_view name;
  ColumnType type;
};

// A char without a number has one character; this has any.
constexpr std::string_view kAnyLength = "bpchar";

// The first of a type's names is the one that is written.
constexpr auto kTypes = std::to_array<TypeName>({
    {"text", ColumnType::kText},
    {"varchar", ColumnType::kVarchar},
    {"character varying", ColumnType::kVarchar},
    {"char", ColumnType::kChar},
    {"character", ColumnType::kChar},
    {kAnyLength, ColumnType::kChar},
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
    {"enum", ColumnType::kEnum},
});

bool TakeEnd(std::string& words, std::string_view end) {
  if (!words.ends_with(end)) return false;
  words.resize(words.size() - end.size());
  words = TrimAscii(words);
  return true;
}

// "10, 2" -> 10 and 2; nothing if it is no list of numbers.
std::optional<std::vector<int>> Numbers(std::string_view text) {
  std::vector<int> numbers;
  while (true) {
    text = TrimAscii(text);
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), numbers.emplace_back());
    if (error != std::errc()) return std::nullopt;
    text = TrimAscii(text.substr(static_cast<std::size_t>(end - text.data())));
    if (text.empty()) return numbers;
    if (text.front() != ',') return std::nullopt;
    text.remove_prefix(1);
  }
}

// As PostgreSQL takes them.
bool Takes(ColumnType type, const std::vector<int>& numbers) {
  switch (type) {
    case ColumnType::kVarchar:
    case ColumnType::kChar:
      return numbers.size() == 1 && numbers[0] > 0;
    case ColumnType::kNumeric:
      return numbers.size() <= 2 && numbers[0] > 0;
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
      return numbers.size() == 1 && numbers[0] >= 0;
    default:
      return false;
  }
}

ColumnType TypeOf(std::string_view name) {
  const auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return t.name == name; });
  return found == kTypes.end() ? ColumnType::kUnsupported : found->type;
}

// "numeric(10,2)"; "timestamp(3) with time zone" has its number in the middle.
void ReadType(std::string_view words, Column& column) {
  const std::size_t open = words.find('('), close = words.find(')');
  if (open == std::string::npos || close == std::string::npos || close < open) {
    column.type = TypeOf(words);
    if (column.type == ColumnType::kChar && words != kAnyLength) column.max_chars = 1;
    return;
  }
  const ColumnType type =
      TypeOf(std::string(TrimAscii(words.substr(0, open))) + std::string(words.substr(close + 1)));
  const auto numbers = Numbers(words.substr(open + 1, close - open - 1));
  const bool good = numbers && Takes(type, *numbers);
  column.type = good ? type : ColumnType::kUnsupported;
  if (column.type == ColumnType::kVarchar || column.type == ColumnType::kChar) {
    column.max_chars = numbers->front();
  } else if (column.type == ColumnType::kNumeric) {
    column.precision = numbers->front();
    column.scale = numbers->size() > 1 ? numbers->back() : 0;
  }
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
  ReadType(type, column);
  return column;
}

std::string ColumnTypeWords(const Column& column) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const TypeName& t) { return t.type == column.type; });
  std::string words(found == kTypes.end() ? column.type_name : found->name);
  if (column.type == ColumnType::kChar && column.max_chars == 0) words = kAnyLength;
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
