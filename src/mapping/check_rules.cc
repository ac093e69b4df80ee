#include "mapping/check_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <variant>

#include "base/text.h"
#include "core/arena.h"
#include "mapping/event_reader.h"
#include "mapping/literal.h"
#include "mapping/pointer_tree.h"
#include "mapping/read_value.h"

namespace bauta::mapping {
namespace {

bool IsText(ColumnType type) {
  return type == ColumnType::kText || type == ColumnType::kVarchar || type == ColumnType::kChar;
}
bool IsMoment(ColumnType type) {
  return type == ColumnType::kDate || type == ColumnType::kTimestamp ||
         type == ColumnType::kTimestampTz;
}
bool IsJson(ColumnType type) { return type == ColumnType::kJson || type == ColumnType::kJsonb; }

std::string_view AsName(ReadAs as) {
  switch (as) {
    case ReadAs::kVersion:
      return "version";
    case ReadAs::kVersionDigits:
      return "version-digits";
    case ReadAs::kEpochSeconds:
      return "epoch-seconds";
    case ReadAs::kEpochMillis:
      return "epoch-millis";
    case ReadAs::kJson:
      return "json";
    case ReadAs::kType:
      break;
  }
  return "";
}

// What `as` asks of the column, or nothing if that is so.
std::string_view AsWants(ReadAs as, ColumnType type) {
  switch (as) {
    case ReadAs::kVersion:
      if (type == ColumnType::kInt32 || type == ColumnType::kInt64) return {};
      return "an integer or bigint column";
    case ReadAs::kVersionDigits:
      if (type == ColumnType::kInt16 || type == ColumnType::kInt32 || type == ColumnType::kInt64) {
        return {};
      }
      return "a smallint, integer or bigint column";
    case ReadAs::kEpochSeconds:
    case ReadAs::kEpochMillis:
      return IsMoment(type) ? std::string_view() : "a date, timestamp or timestamptz column";
    case ReadAs::kJson:
      return IsJson(type) || IsText(type) ? std::string_view() : "a json, jsonb or text column";
    case ReadAs::kType:
      break;
  }
  return {};
}

bool IsAddress(ColumnType type) { return type == ColumnType::kInet || type == ColumnType::kCidr; }

// "h1:", a key id of up to 12 characters (the next key's may be longer than this one's), ":" and
// the digits in base32.
constexpr int TokenSize(int bits) { return 3 + 12 + 1 + (bits + 4) / 5; }

// Characters that the masked value may have; 0 if that depends on the value.
int LongestMasked(const MaskRule& mask) {
  switch (mask.mask) {
    case Mask::kHmacSha256:
      return TokenSize(mask.bits);
    case Mask::kAesSiv:
      return TokenSize(256);  // Of an address and of up to 15 bytes; longer text has longer ones.
    case Mask::kIpcryptDeterministic:
    case Mask::kIpcryptPfx:
      return 39;  // An IPv6 address.
    case Mask::kLegacySha256:
      return 64;
    case Mask::kTruncate:
      return 39 + 4;  // An IPv6 address and /127.
    case Mask::kRedact:
      return static_cast<int>(mask.label.size());
    case Mask::kKeepLast:
    case Mask::kNull:
      break;
  }
  return 0;
}

// What the mask's output can fill; char(n) is padded with blanks, which no hash must be.
bool CanHold(const Column& column, const MaskRule& mask) {
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kVarchar:
      return true;
    case ColumnType::kChar:
      return mask.mask == Mask::kKeepLast || mask.mask == Mask::kRedact ||
             (mask.mask == Mask::kLegacySha256 && column.max_chars <= LongestMasked(mask));
    default:
      return (mask.mask == Mask::kTruncate || IsIpcrypt(mask.mask)) && IsAddress(column.type);
  }
}

std::string_view Holders(Mask mask) {
  switch (mask) {
    case Mask::kLegacySha256:
      return "text, varchar or char(64)";
    case Mask::kTruncate:
    case Mask::kIpcryptDeterministic:
    case Mask::kIpcryptPfx:
      return "text, varchar, inet or cidr";
    case Mask::kKeepLast:
    case Mask::kRedact:
      return "text, varchar or char";
    default:
      return "text or varchar";
  }
}

// Also where SQL would not need it: who knows all its reserved words.
std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string_view LikelyType(const ColumnRule& rule) {
  if (rule.mask && IsIpcrypt(rule.mask->mask)) return "inet";
  if (rule.mask) return rule.mask->mask == Mask::kTruncate ? "cidr" : "text";
  if (rule.as == ReadAs::kVersion || rule.as == ReadAs::kVersionDigits) return "integer";
  if (rule.as == ReadAs::kEpochSeconds || rule.as == ReadAs::kEpochMillis) return "timestamptz";
  if (rule.as == ReadAs::kJson || rule.origin == Origin::kBody) return "jsonb";
  if (rule.default_value && rule.default_value->kind != DefaultValue::Kind::kLiteral) return "date";
  return "text";
}

class Checker {
 public:
  Checker(const MappingRules& rules, const TableSchema& table) : rules_(rules), table_(table) {}

  std::vector<Problem> Check() {
    for (const ColumnRule& rule : rules_.columns) CheckRule(rule);
    if (rules_.unknown_fields == UnknownFields::kColumn) CheckRest();
    for (const Column& column : table_.columns) CheckUnfilled(column);
    return std::move(problems_);
  }

 private:
  void Add(const ColumnRule* rule, std::string message, std::string hint = {}) {
    problems_.push_back({rule, std::move(message), std::move(hint)});
  }

  std::string TableName() const {  // For people.
    return table_.schema.empty() ? table_.name : table_.schema + "." + table_.name;
  }
  std::string QuotedTable() const {  // For SQL.
    const std::string name = Quoted(table_.name);
    return table_.schema.empty() ? name : Quoted(table_.schema) + "." + name;
  }

  void CheckRule(const ColumnRule& rule) {
    if (rule.origin == Origin::kPointer && !ParsePointer(rule.from)) {
      Add(&rule, fmt::format("columns.{}: from is no JSON Pointer", rule.column),
          "write it like /user/id; ~1 stands for a slash in a key and ~0 for a tilde");
    }
    const Column* const column = table_.Find(rule.column);
    if (column == nullptr) return AddUnknown(rule);
    if (!CheckColumn(rule, *column)) return;
    if (rule.mask) return CheckMask(rule, *column);
    if (!CheckAs(rule, *column) || !CheckOrigin(rule, *column)) return;
    if (rule.default_value) CheckDefault(rule, *column);
  }

  void AddUnknown(const ColumnRule& rule) {
    std::vector<std::string_view> names;
    for (const Column& column : table_.columns) names.push_back(column.name);
    const std::optional<std::string_view> nearest = Nearest(rule.column, names);
    Add(&rule,
        fmt::format("columns.{}: table {} has no such column{}", rule.column, TableName(),
                    nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : ""),
        fmt::format("ALTER TABLE {} ADD COLUMN {} {};", QuotedTable(), Quoted(rule.column),
                    LikelyType(rule)));
  }

  bool CheckColumn(const ColumnRule& rule, const Column& column) {
    if (column.generated || column.identity_always) {
      Add(&rule,
          fmt::format("columns.{}: the database fills this column by itself ({})", rule.column,
                      column.generated ? "GENERATED ALWAYS AS" : "GENERATED ALWAYS AS IDENTITY"),
          "take it out of the config");
      return false;
    }
    if (column.type == ColumnType::kUnsupported) {
      Add(&rule, fmt::format("columns.{}: type {} cannot be mapped", rule.column, column.type_name),
          "docs/mapping.md lists the types that can; text takes anything");
      return false;
    }
    return true;
  }

  void CheckMask(const ColumnRule& rule, const Column& column) {
    if (rule.as != ReadAs::kType) {
      Add(&rule, fmt::format("columns.{}: a masked column takes no \"as\"", rule.column),
          "masks read strings; take \"as\" out");
    }
    if (rule.default_value && rule.default_value->kind != DefaultValue::Kind::kLiteral) {
      Add(&rule, fmt::format("columns.{}: a masked column cannot hold a date", rule.column),
          "take the default out");
    }
    if (rule.mask->mask == Mask::kNull) return CheckNullable(rule, column);
    CheckHolds(rule, column);
  }

  void CheckNullable(const ColumnRule& rule, const Column& column) {
    if (!column.not_null) return;
    Add(&rule,
        fmt::format("columns.{}: \"mask: null\" leaves NULL, and the column is NOT NULL",
                    rule.column),
        fmt::format("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL; or mask: redact", QuotedTable(),
                    Quoted(rule.column)));
  }

  void CheckHolds(const ColumnRule& rule, const Column& column) {
    const MaskRule& mask = *rule.mask;
    const std::string widen = fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE varchar(256);",
                                          QuotedTable(), Quoted(rule.column));
    if (!CanHold(column, mask)) {
      Add(&rule,
          fmt::format("columns.{}: a column masked by {} must be {}, not {}", rule.column,
                      MaskName(mask.mask), Holders(mask.mask), column.type_name),
          widen);
    } else if (column.max_chars > 0 && column.max_chars < LongestMasked(mask)) {
      Add(&rule,
          fmt::format("columns.{}: {} is too short for what {} makes: {} {} characters",
                      rule.column, column.type_name, MaskName(mask.mask),
                      mask.mask == Mask::kAesSiv ? "at least" : "up to", LongestMasked(mask)),
          widen);
    }
  }

  bool CheckAs(const ColumnRule& rule, const Column& column) {
    const std::string_view wants = AsWants(rule.as, column.type);
    if (wants.empty()) return true;
    Add(&rule, fmt::format("columns.{}: \"as: {}\" fills {}, not {}", rule.column, AsName(rule.as),
                           wants, column.type_name));
    return false;
  }

  bool CheckOrigin(const ColumnRule& rule, const Column& column) {
    if (rule.origin == Origin::kBody && !IsJson(column.type) && !IsText(column.type)) {
      Add(&rule,
          fmt::format("columns.{}: \"from: body\" fills a json, jsonb or text column, not {}",
                      rule.column, column.type_name));
      return false;
    }
    const bool time = rule.origin == Origin::kSystem && rule.from.ends_with("Timestamp");
    if (time && IsMoment(column.type) && rule.as == ReadAs::kType) {
      Add(&rule,
          fmt::format("columns.{}: {} is a number of milliseconds since 1970", rule.column,
                      rule.from),
          "add as: epoch-millis");
      return false;
    }
    return true;
  }

  void CheckDefault(const ColumnRule& rule, const Column& column) {
    if (rule.default_value->kind != DefaultValue::Kind::kLiteral) {
      if (IsMoment(column.type)) return;
      const bool now = rule.default_value->kind == DefaultValue::Kind::kNow;
      Add(&rule, fmt::format("columns.{}: \"default: {}\" fills a date, timestamp or timestamptz "
                             "column, not {}",
                             rule.column, now ? "now" : "sent_at", column.type_name));
      return;
    }
    const Literal literal(rule.default_value->literal, column, reader_);
    const Reading reading = ReadValue(literal.json(), column, rule.as, reader_, arena_);
    const auto* const reason = std::get_if<Reason>(&reading);
    if (reason == nullptr) return;
    Add(&rule, fmt::format("columns.{}: the default does not fit {}: {}", rule.column,
                           column.type_name, Code(*reason)));
  }

  void AddRest(std::string message, std::string hint) {
    problems_.push_back({nullptr, std::move(message), std::move(hint), true});
  }

  void CheckRest() {
    const std::string& name = rules_.rest_column;
    const Column* const column = table_.Find(name);
    if (column == nullptr) {
      return AddRest(
          fmt::format("unknown_fields: table {} has no column {}", TableName(), name),
          fmt::format("ALTER TABLE {} ADD COLUMN {} jsonb;", QuotedTable(), Quoted(name)));
    }
    const auto is_rest = [&](const ColumnRule& rule) { return rule.column == name; };
    if (std::any_of(rules_.columns.begin(), rules_.columns.end(), is_rest)) {
      return AddRest(fmt::format("unknown_fields: column {} is mapped under columns too", name),
                     "take it out of one of the two");
    }
    if (!IsJson(column->type) && column->type != ColumnType::kText) {
      return AddRest(
          fmt::format("unknown_fields: column {} must be jsonb, json or text, not {}", name,
                      column->type_name),
          fmt::format("name another column: ALTER TABLE {} ADD COLUMN ... jsonb;", QuotedTable()));
    }
    if (column->generated) {
      AddRest(fmt::format("unknown_fields: the database fills column {} by itself", name),
              "name another column");
    }
  }

  void CheckUnfilled(const Column& column) {
    if (!column.not_null || column.has_default || column.generated || column.identity_always) {
      return;
    }
    const std::vector<std::string> filled = ColumnNames(rules_);
    if (std::find(filled.begin(), filled.end(), column.name) != filled.end()) return;
    Add(nullptr,
        fmt::format("column {} of table {} is NOT NULL, has no default, and nothing fills it",
                    column.name, TableName()),
        fmt::format("map it under columns, or: ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL;",
                    QuotedTable(), Quoted(column.name)));
  }

  const MappingRules& rules_;
  const TableSchema& table_;
  EventReader reader_{{}};
  Arena arena_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> CheckRules(const MappingRules& rules, const TableSchema& table) {
  return Checker(rules, table).Check();
}

}  // namespace bauta::mapping
