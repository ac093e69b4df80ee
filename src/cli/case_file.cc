#include "cli/case_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "base/text.h"
#include "cli/case_table.h"
#include "config/codes.h"
#include "core/column_rule.h"
#include "core/reason.h"
#include "mapping/json.h"
#include "mapping/read_time.h"

namespace bauta::cli {
namespace {

namespace codes = config::codes;
using config::Entry;
using config::Node;

constexpr std::int64_t kPostgresEpochMillis = 946'684'800'000;
constexpr std::int64_t kSentMillis = 1'767'225'600'000;  // 2026-01-01, where no case says another.

using Views = std::vector<std::string_view>;

bool IsJsonWord(const Node& node) {
  return !node.quoted && (node.text == "true" || node.text == "false" ||
                          mapping::ParseNumber(node.text).has_value());
}

// YAML that says what JSON says, as compact JSON; numbers as they are written.
std::string Json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kScalar:
      return IsJsonWord(node) ? node.text : JsonString(node.text);
    case Node::Kind::kMap:
    case Node::Kind::kList:
      break;
  }
  const bool map = node.kind == Node::Kind::kMap;
  std::string out(map ? "{" : "[");
  for (const Entry& entry : node.entries) {
    if (out.size() > 1) out += ',';
    if (map) out += JsonString(entry.key) + ":";
    out += Json(entry.value);
  }
  return out + (map ? '}' : ']');
}

class Reader {
 public:
  Reader(const std::string& path, std::string_view text, const std::vector<std::string>& columns)
      : text_(text), columns_(columns.begin(), columns.end()) {
    file_.path = path;
  }

  CaseFile Read() {
    std::variant<Node, config::YamlFault> parsed = config::ParseYaml(text_);
    if (const auto* fault = std::get_if<config::YamlFault>(&parsed)) {
      Add(codes::kNotYaml, fault->place, "", fault->message, fault->hint);
      return std::move(file_);
    }
    const Node& root = std::get<Node>(parsed);
    CheckKeys(root, "", {"table", "cases"});
    if (const Entry* table = Find(root, "table")) ReadTable(*table);
    const Entry* const cases = Find(root, "cases");
    if (cases == nullptr) {
      Add(codes::kMissing, {1, 1}, "cases", "is missing",
          "cases: [{name: ..., body: {...}, row: {...}}]");
    } else if (Is(*cases, Node::Kind::kList, "cases", "a list of cases")) {
      for (const Entry& entry : cases->value.entries) ReadCase(entry);
    }
    config::SortByPlace(file_.problems);
    return std::move(file_);
  }

 private:
  void Add(std::string_view code, config::Place place, std::string path, std::string message,
           std::string hint = {}) {
    file_.problems.push_back(
        {.code = std::string(code),
         .path = std::move(path),
         .file = file_.path,
         .line = place.line,
         .column = place.column,
         .message = std::move(message),
         .hint = std::move(hint),
         .source_line = IsValidUtf8(text_) ? std::string(config::LineOf(text_, place.line)) : ""});
  }

  static const Entry* Find(const Node& map, std::string_view key) {
    const auto found = std::find_if(map.entries.begin(), map.entries.end(),
                                    [&](const Entry& e) { return e.key == key; });
    return found == map.entries.end() ? nullptr : &*found;
  }

  bool Is(const Entry& entry, Node::Kind kind, std::string_view path, std::string_view what) {
    if (entry.value.kind == kind) return true;
    Add(codes::kWrongType, entry.value.place, std::string(path), fmt::format("must be {}", what));
    return false;
  }

  // Text of any kind, or nothing and a problem.
  std::optional<std::string> Text(const Entry& entry) {
    if (!Is(entry, Node::Kind::kScalar, entry.key, "text")) return std::nullopt;
    return entry.value.text;
  }

  void CheckKeys(const Node& map, std::string_view path, const Views& known) {
    std::set<std::string> seen;
    for (const Entry& entry : map.entries) {
      if (!seen.insert(entry.key).second) {
        Add(codes::kDuplicate, entry.place, std::string(path),
            fmt::format("key \"{}\" stands twice", entry.key), "keep one");
      }
      if (known.empty() || std::count(known.begin(), known.end(), entry.key) > 0) continue;
      const auto nearest = Nearest(entry.key, known);
      Add(codes::kUnknownKey, entry.place, std::string(path),
          fmt::format("unknown key \"{}\"{}", entry.key,
                      nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : ""),
          nearest ? "" : fmt::format("keys here: {}", fmt::join(known, ", ")));
    }
  }

  void ReadTable(const Entry& entry) {
    if (!Is(entry, Node::Kind::kMap, "table", "a map of columns and their types")) return;
    CheckKeys(entry.value, "table", {});
    TableSchema& table = file_.table.emplace();
    table.name = "table";
    for (const Entry& column : entry.value.entries) {
      if (!Is(column, Node::Kind::kScalar, "table." + column.key, "a type: varchar(128)")) continue;
      table.columns.push_back(ReadColumnType(column.key, column.value.text));
    }
  }

  void ReadCase(const Entry& entry) {
    if (!Is(entry, Node::Kind::kMap, "cases", "a case: {name: ..., body: ..., row: ...}")) return;
    const Node& map = entry.value;
    CheckKeys(
        map, "cases",
        {"name", "body", "attributes", "system", "sent_at", "row", "reason", "column", "events"});
    Case& made = file_.cases.emplace_back();
    made.place = map.place;
    made.sent_ms = kSentMillis;
    made.name = fmt::format("case {}", file_.cases.size());
    if (const Entry* name = Find(map, "name")) made.name = Text(*name).value_or(made.name);
    ReadBody(map, made);
    if (const Entry* sent = Find(map, "sent_at")) ReadSentAt(*sent, made);
    if (const Entry* attributes = Find(map, "attributes")) ReadAttributes(*attributes, made);
    if (const Entry* system = Find(map, "system")) ReadSystem(*system, made);
    ReadOutcome(map, made.outcome);
    if (const Entry* events = Find(map, "events")) ReadEvents(*events, made);
  }

  void ReadOutcome(const Node& map, Outcome& made) {
    if (const Entry* row = Find(map, "row")) ReadRow(*row, made);
    if (const Entry* reason = Find(map, "reason")) ReadReason(*reason, made);
    if (const Entry* column = Find(map, "column")) ReadColumn(*column, made);
  }

  void ReadEvents(const Entry& entry, Case& made) {
    if (!Is(entry, Node::Kind::kList, "events", "a list of what each event becomes")) return;
    if (made.outcome.row || made.outcome.reason) {
      Add(codes::kContradiction, entry.place, "events", "stands beside what one event becomes",
          "keep one");
    }
    made.events.emplace();
    for (const Entry& event : entry.value.entries) {
      if (!Is(event, Node::Kind::kMap, "events", "a map: {row: ...} or {reason: ...}")) continue;
      CheckKeys(event.value, "events", {"row", "reason", "column"});
      ReadOutcome(event.value, made.events->emplace_back());
    }
  }

  // A name with its value: a string, or a number where it is not quoted.
  void ReadAttributes(const Entry& entry, Case& made) {
    if (!Is(entry, Node::Kind::kMap, "attributes", "a map of names and values")) return;
    CheckKeys(entry.value, "attributes", {});
    made.attributes = "{";
    for (const Entry& one : entry.value.entries) {
      const std::optional<std::string> value = Text(one);
      if (!value) continue;
      const bool number = !one.value.quoted && mapping::ParseNumber(*value);
      made.attributes += fmt::format(R"({}{}:{{"DataType":"{}","StringValue":{}}})",
                                     made.attributes.size() > 1 ? "," : "", JsonString(one.key),
                                     number ? "Number" : "String", JsonString(*value));
    }
    made.attributes += '}';
  }

  void ReadSystem(const Entry& entry, Case& made) {
    if (!Is(entry, Node::Kind::kMap, "system", "a map of names and values")) return;
    Views known;
    for (const std::string_view name : kSystemAttributes) {
      if (!IsAlwaysThere(name)) known.push_back(name);
    }
    CheckKeys(entry.value, "system", known);
    made.system = "{";
    for (const Entry& one : entry.value.entries) {
      made.system += fmt::format("{}{}:{}", made.system.size() > 1 ? "," : "", JsonString(one.key),
                                 JsonString(Text(one).value_or("")));
    }
    made.system += '}';
  }

  void ReadBody(const Node& map, Case& made) {
    const Entry* const body = Find(map, "body");
    if (body == nullptr || body->value.kind == Node::Kind::kNull) {
      return Add(codes::kMissing, map.place, "body", "is missing",
                 "body: {user_id: u1}, or the text as it is: body: '{\"user_id\":\"u1\"}'");
    }
    made.body = body->value.kind == Node::Kind::kScalar ? body->value.text : Json(body->value);
  }

  void ReadSentAt(const Entry& entry, Case& made) {
    const std::optional<std::string> text = Text(entry);
    if (!text) return;
    if (const auto micros = mapping::ParseTimestamp(*text)) {
      made.sent_ms = *micros / 1000 + kPostgresEpochMillis;
    } else {
      Add(codes::kWrongType, entry.value.place, "sent_at", "is no time",
          "write 2026-11-21T07:00:00Z");
    }
  }

  void ReadRow(const Entry& entry, Outcome& made) {
    if (!Is(entry, Node::Kind::kMap, "row", "a map of columns and what they hold")) return;
    CheckKeys(entry.value, "row", columns_);
    made.row.emplace();
    for (const Entry& value : entry.value.entries) made.row->push_back(ReadExpected(value));
  }

  Expected ReadExpected(const Entry& entry) {
    const Node& value = entry.value;
    if (value.kind == Node::Kind::kNull) return {entry.key, Expected::Kind::kNull, {}};
    if (value.kind == Node::Kind::kScalar) {
      return {entry.key, value.text == "*" ? Expected::Kind::kAnything : Expected::Kind::kText,
              value.text};
    }
    const Entry* const original = Find(value, "token_of");
    if (original != nullptr && value.entries.size() == 1 &&
        original->value.kind == Node::Kind::kScalar) {
      return {entry.key, Expected::Kind::kTokenOf, original->value.text};
    }
    return {entry.key, Expected::Kind::kText, Json(value)};
  }

  void ReadReason(const Entry& entry, Outcome& made) {
    made.reason = Text(entry);
    if (!made.reason) return;
    if (made.row) {
      Add(codes::kContradiction, entry.place, "reason", "stands beside a row", "keep one");
    }
    const Views known(kReasonCodes.begin(), kReasonCodes.end());
    if (std::count(known.begin(), known.end(), *made.reason) > 0) return;
    const auto nearest = Nearest(*made.reason, known);
    Add(codes::kNotAChoice, entry.value.place, "reason",
        fmt::format("no reason \"{}\"{}", *made.reason,
                    nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : ""),
        fmt::format("one of: {}", fmt::join(known, ", ")));
  }

  void ReadColumn(const Entry& entry, Outcome& made) {
    made.column = Text(entry);
    if (!made.reason) {
      Add(codes::kContradiction, entry.place, "column", "says which column a reason is about",
          "add the reason, or take it out");
    }
  }

  const std::string_view text_;
  const Views columns_;
  CaseFile file_;
};

}  // namespace

CaseFile ReadCaseFile(const std::string& path, std::string_view text,
                      const std::vector<std::string>& columns) {
  return Reader(path, text, columns).Read();
}

}  // namespace bauta::cli
