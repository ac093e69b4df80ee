#include "cli/case_runner.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/text.h"
#include "cli/value_json.h"
#include "cli/wiring.h"
#include "core/batch.h"
#include "core/mapper.h"
#include "keys/key_ring.h"
#include "mapping/event_reader.h"
#include "mapping/literal.h"
#include "mapping/read_value.h"

namespace bauta::cli {
namespace {

constexpr std::string_view kAnything = "\"*\"";

// The time of a case: `default: now` is when its message was sent.
class CaseClock : public Clock {
 public:
  void Set(std::int64_t epoch_millis) { now_ = epoch_millis; }
  WallTime Now() const override { return WallTime(std::chrono::milliseconds(now_)); }
  SteadyTime SteadyNow() const override { return SystemClock().SteadyNow(); }

 private:
  std::atomic<std::int64_t> now_ = 0;
};

std::string Compact(std::string_view json) {
  std::string out(json.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t length = 0;
  if (simdjson::minify(json.data(), json.size(), out.data(), length) != simdjson::SUCCESS) {
    return std::string(json);
  }
  out.resize(length);
  return out;
}

// 1.50 and 1.5 are one number.
std::string_view WithoutZeros(std::string_view decimal) {
  if (decimal.find('.') == std::string_view::npos) return decimal;
  while (decimal.ends_with('0')) decimal.remove_suffix(1);
  if (decimal.ends_with('.')) decimal.remove_suffix(1);
  return decimal;
}

bool AreEqual(const Value& a, const Value& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Value::Kind::kNull:
      return true;
    case Value::Kind::kFloat:
      return !(a.real < b.real) && !(b.real < a.real);
    case Value::Kind::kBool:
    case Value::Kind::kInteger:
    case Value::Kind::kDate:
    case Value::Kind::kTimestamp:
      return a.integer == b.integer;
    case Value::Kind::kDecimal:
      return WithoutZeros(a.text) == WithoutZeros(b.text);
    case Value::Kind::kJson:
      return Compact(a.text) == Compact(b.text);
    case Value::Kind::kText:
    case Value::Kind::kUuid:
    case Value::Kind::kInet:
    case Value::Kind::kTextArray:
      return a.text == b.text;
  }
  return false;
}

std::string RefusalText(const Refusal& refusal) {
  std::string text = fmt::format("reason: {}", Code(refusal.reason));
  if (!refusal.column.empty()) text += fmt::format(", column: {}", refusal.column);
  return text;
}

std::string Wanted(const Outcome& golden) {
  if (!golden.reason) return "a row";
  std::string text = "reason: " + *golden.reason;
  if (golden.column) text += ", column: " + *golden.column;
  return text;
}

std::string Shown(const Expected& expected) {
  switch (expected.kind) {
    case Expected::Kind::kNull:
      return "null";
    case Expected::Kind::kAnything:
      return std::string(kAnything);
    case Expected::Kind::kTokenOf:
      return fmt::format("the token of {}", JsonString(expected.text));
    case Expected::Kind::kText:
      break;
  }
  return JsonString(expected.text);
}

}  // namespace

struct CaseRunner::Impl {
  const config::Config& config;
  const TableSchema table;
  Blame& blame;
  const keys::KeyRing ring = keys::KeyRing::ForTests();
  CaseClock clock;
  std::unique_ptr<Mapper> mapper;
  mapping::EventReader reader{{}};

  Impl(const config::Config& of, TableSchema to, Blame& whose)
      : config(of), table(std::move(to)), blame(whose) {}

  // Null: of the rest, which no rule makes.
  const ColumnRule* RuleOf(std::size_t i) const;
  // What the i-th column holds; the rest as JSON, whatever its type.
  Value Held(const Row& row, std::size_t i) const;

  std::string RowText(const Row& row) const;
  std::vector<Difference> Compare(const std::vector<Expected>& wanted, const Row& row);
  std::optional<Difference> Compare(const Expected& wanted, const ColumnRule* rule,
                                    const Value& actual);
  std::vector<Difference> Compare(const Outcome& golden, const Event& event);
  std::string EventsText(const Batch& batch) const;
  // The token of a value in a column, as JSON: what the column alone would hold.
  Result<std::string> TokenOf(const std::string& value, const ColumnRule* of);
  std::int64_t sent_ms = 0;
  const std::vector<std::string> columns = ColumnNames(config.mapping);
};

const ColumnRule* CaseRunner::Impl::RuleOf(std::size_t i) const {
  const std::vector<ColumnRule>& rules = config.mapping.columns;
  return i < rules.size() ? &rules[i] : nullptr;
}

Value CaseRunner::Impl::Held(const Row& row, std::size_t i) const {
  Value value = row.values()[i];
  if (RuleOf(i) == nullptr && value.kind == Value::Kind::kText) value.kind = Value::Kind::kJson;
  return value;
}

std::string CaseRunner::Impl::RowText(const Row& row) const {
  std::string text = "row: {";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    text += fmt::format("{}{}: {}", i > 0 ? ", " : "", columns[i], ValueJson(Held(row, i)));
  }
  return text + "}";
}

Result<std::string> CaseRunner::Impl::TokenOf(const std::string& value, const ColumnRule* of) {
  if (of == nullptr || !of->mask) return ConfigError("is not masked, so it holds no token");
  config::Config alone = config;
  ColumnRule rule = *of;
  rule.origin = Origin::kPointer;
  rule.from = "/v";
  rule.default_value.reset();
  alone.mapping.unknown_fields = UnknownFields::kIgnore;
  alone.mapping.body = {};
  TableSchema column{table.schema, table.name, {*table.Find(rule.column)}};
  alone.mapping.columns = {std::move(rule)};
  const std::unique_ptr<Mapper> one = TRY(MakeMapper(alone, ring, column, blame, clock));
  Message message;
  message.key.sent_ms = sent_ms;
  message.body = "{\"v\":" + JsonString(value) + "}";
  Batch batch;
  one->Map(message, batch);
  const Event& event = batch.events.front();
  if (event.refusal) return ConfigError(fmt::format("no token: {}", Code(event.refusal->reason)));
  return ValueJson(event.row->values().front());
}

std::optional<Difference> CaseRunner::Impl::Compare(const Expected& wanted, const ColumnRule* rule,
                                                    const Value& actual) {
  const Difference differs{wanted.column, Shown(wanted), ValueJson(actual)};
  const bool null = actual.kind == Value::Kind::kNull;
  if (wanted.kind == Expected::Kind::kNull) return null ? std::nullopt : std::optional(differs);
  if (wanted.kind == Expected::Kind::kAnything) return null ? std::optional(differs) : std::nullopt;
  if (wanted.kind == Expected::Kind::kTokenOf) {
    const Result<std::string> token = TokenOf(wanted.text, rule);
    if (token.ok() && *token == differs.actual) return std::nullopt;
    return Difference{wanted.column,
                      differs.expected + (token.ok() ? "" : " (" + token.error().message + ")"),
                      differs.actual};
  }
  if (null) return differs;
  Column column = *table.Find(wanted.column);
  if (rule == nullptr) column.type = ColumnType::kJsonb;
  Arena arena;
  const mapping::Literal literal(wanted.text, column, reader);
  const mapping::Reading reading =
      mapping::ReadValue(literal.json(), column, ReadAs::kType, reader, arena);
  if (const auto* reason = std::get_if<Reason>(&reading)) {
    return Difference{wanted.column,
                      fmt::format("{} (which {} cannot hold: {})", differs.expected,
                                  column.type_name, Code(*reason)),
                      differs.actual};
  }
  return AreEqual(std::get<Value>(reading), actual) ? std::nullopt : std::optional(differs);
}

std::vector<Difference> CaseRunner::Impl::Compare(const std::vector<Expected>& wanted,
                                                  const Row& row) {
  std::vector<Difference> differences;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Value held = Held(row, i);
    const auto found = std::find_if(wanted.begin(), wanted.end(),
                                    [&](const Expected& e) { return e.column == columns[i]; });
    if (found == wanted.end()) {
      differences.push_back({columns[i], "nothing: the case does not name it", ValueJson(held)});
    } else if (auto difference = Compare(*found, RuleOf(i), held)) {
      differences.push_back(std::move(*difference));
    }
  }
  return differences;
}

Result<CaseRunner> CaseRunner::Make(const config::Config& config, TableSchema table, Blame& blame) {
  auto impl = std::make_unique<Impl>(config, std::move(table), blame);
  impl->mapper = TRY(MakeMapper(config, impl->ring, impl->table, blame, impl->clock));
  return CaseRunner(std::move(impl));
}

CaseRunner::CaseRunner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaseRunner::CaseRunner(CaseRunner&&) noexcept = default;
CaseRunner::~CaseRunner() = default;

std::vector<Difference> CaseRunner::Run(const Case& golden) {
  impl_->clock.Set(golden.sent_ms);
  impl_->sent_ms = golden.sent_ms;
  Message message;
  message.key.sent_ms = golden.sent_ms;
  message.id = golden.name;
  message.body = golden.body;
  message.attributes = golden.attributes;
  message.system = golden.system;
  Batch batch;
  impl_->mapper->Map(message, batch);
  const std::size_t wanted = golden.events ? golden.events->size() : 1;
  if (batch.events.size() != wanted) {
    return {
        {"", fmt::format("{} event{}", wanted, wanted == 1 ? "" : "s"), impl_->EventsText(batch)}};
  }
  if (!golden.events) return impl_->Compare(golden.outcome, batch.events.front());
  std::vector<Difference> all;
  for (std::size_t i = 0; i < wanted; ++i) {
    for (Difference& one : impl_->Compare((*golden.events)[i], batch.events[i])) {
      one.column = fmt::format("event {}{}{}", i, one.column.empty() ? "" : ", ", one.column);
      all.push_back(std::move(one));
    }
  }
  return all;
}

std::vector<Difference> CaseRunner::Impl::Compare(const Outcome& golden, const Event& event) {
  const std::string actual = event.refusal ? RefusalText(*event.refusal) : RowText(*event.row);
  if (!golden.row && !golden.reason) return {{"", "nothing: name a row or a reason", actual}};
  if (event.row && golden.row) return Compare(*golden.row, *event.row);
  if (event.refusal && golden.reason && Code(event.refusal->reason) == *golden.reason &&
      golden.column.value_or(std::string(event.refusal->column)) == event.refusal->column) {
    return {};
  }
  return {{"", Wanted(golden), actual}};
}

// As a list to paste.
std::string CaseRunner::Impl::EventsText(const Batch& batch) const {
  std::string text = "events: [";
  for (const Event& event : batch.events) {
    text += fmt::format("{}{{{}}}", text.ends_with('[') ? "" : ", ",
                        event.refusal ? RefusalText(*event.refusal) : RowText(*event.row));
  }
  return text + "]";
}

}  // namespace bauta::cli
