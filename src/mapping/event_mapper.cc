#include "mapping/event_mapper.h"

#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "mapping/check_rules.h"
#include "mapping/event_reader.h"
#include "mapping/literal.h"
#include "mapping/read_value.h"
#include "mapping/rest_reader.h"
#include "mapping/row_maker.h"

namespace bauta::mapping {
namespace {

// One column: how it is to be filled.
struct Field {
  const ColumnRule& rule;
  Column column;
  std::optional<masking::ColumnMasker> masker;
  std::optional<Literal> literal;
};

bool NeedsMasker(const ColumnRule& rule) { return rule.mask && !IsBlind(rule.mask->mask); }

// A string of nothing but white space.
bool IsBlank(const Json& json, Arena& arena) {
  if (json.kind != Json::Kind::kString) return false;
  const auto decoded = Decode(json, arena);
  const auto* const text = std::get_if<Text>(&decoded);
  return text != nullptr && TrimAscii(text->text).empty();
}

bool IsNullable(const Field& field) { return !field.rule.required && !field.column.not_null; }

}  // namespace

struct EventMapper::Impl {
  explicit Impl(Options& options);

  // The values in the order of the rules, or why there are none.
  std::variant<std::span<const Value>, Refusal> Values(const Message& message, Arena& arena);
  Reading ReadField(std::size_t i, const Message& message, Arena& arena);
  Reading ReadDefault(Field& field, const Message& message, Arena& arena);
  Reading ReadPresent(Field& field, const Json& json, const Message& message, Arena& arena);
  Reading ReadMasked(Field& field, const Json& json, const Message& message, Arena& arena);
  static Reading ReadBlindly(const Field& field, const Json& json, Arena& arena);
  static Reading ReadEmpty(const Field& field);
  static Reading ReadInvalid(const Field& field);
  Reading ReadRest(std::string_view body, Arena& arena);

  const Clock& clock;
  const MappingRules& rules;
  EventReader reader;
  std::vector<Field> fields;
  // For the column of what no rule reads.
  std::optional<RestReader> rest;
  Column rest_column;
};

EventMapper::Impl::Impl(Options& options)
    : clock(options.clock), rules(options.rules), reader(options.rules.columns) {
  fields.reserve(options.rules.columns.size());
  for (std::size_t i = 0; i < options.rules.columns.size(); ++i) {
    const ColumnRule& rule = options.rules.columns[i];
    Field& field = fields.emplace_back(Field{rule, *options.table.Find(rule.column), {}, {}});
    if (NeedsMasker(rule)) field.masker = std::move(options.maskers[i]);
    if (rule.default_value && rule.default_value->kind == DefaultValue::Kind::kLiteral) {
      field.literal.emplace(rule.default_value->literal, field.column, reader);
    }
  }
  if (rules.unknown_fields != UnknownFields::kColumn) return;
  rest.emplace(rules.columns);
  rest_column = *options.table.Find(rules.rest_column);
}

Result<std::unique_ptr<EventMapper>> EventMapper::Make(Options options) {
  const std::vector<Problem> problems = CheckRules(options.rules, options.table);
  if (!problems.empty()) return ConfigError(problems.front().message, problems.front().hint);
  options.maskers.resize(options.rules.columns.size());
  for (std::size_t i = 0; i < options.maskers.size(); ++i) {
    if (NeedsMasker(options.rules.columns[i]) && !options.maskers[i]) {
      return Fatal("columns." + options.rules.columns[i].column + ": no masker");
    }
  }
  return std::unique_ptr<EventMapper>(new EventMapper(std::make_unique<Impl>(options)));
}

EventMapper::EventMapper(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventMapper::~EventMapper() = default;

void EventMapper::Map(Message& message, Batch& batch) {
  Event event{.delivery = static_cast<std::uint32_t>(batch.deliveries.size()),
              .item = 0,
              .row = std::nullopt,
              .refusal = std::nullopt};
  const auto values = impl_->Values(message, batch.arena);
  if (const auto* refusal = std::get_if<Refusal>(&values)) {
    event.refusal = *refusal;
  } else {
    event.row = RowMaker::Make(std::get<std::span<const Value>>(values));
  }
  batch.deliveries.push_back(
      {.key = message.key,
       .id = batch.arena.Copy(message.id),
       .receive_count = message.receive_count,
       .body = Sealable(std::move(message.attributes), std::move(message.body))});
  batch.events.push_back(event);
}

std::variant<std::span<const Value>, Refusal> EventMapper::Impl::Values(const Message& message,
                                                                        Arena& arena) {
  if (const std::optional<Reason> reason = reader.Read(message.body)) return Refusal{*reason, {}};
  const std::span<Value> values = arena.AllocateArray<Value>(fields.size() + (rest ? 1 : 0));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Reading reading = ReadField(i, message, arena);
    if (const auto* reason = std::get_if<Reason>(&reading)) {
      return Refusal{*reason, fields[i].rule.column};
    }
    values[i] = std::get<Value>(reading);
  }
  if (rules.unknown_fields == UnknownFields::kQuarantine && reader.has_unknown_key()) {
    return Refusal{Reason::kUnknownField, {}};
  }
  if (rest) {
    const Reading reading = ReadRest(message.body, arena);
    if (const auto* reason = std::get_if<Reason>(&reading))
      return Refusal{*reason, rules.rest_column};
    values.back() = std::get<Value>(reading);
  }
  return std::span<const Value>(values);
}

Reading EventMapper::Impl::ReadRest(std::string_view body, Arena& arena) {
  const auto read = rest->Read(body, arena);
  if (const auto* reason = std::get_if<Reason>(&read)) return *reason;
  Value value;
  value.text = std::get<std::string_view>(read);
  if (value.text.empty()) {
    if (!rest_column.not_null) return value;
    value.text = "{}";
  }
  value.kind = rest_column.type == ColumnType::kText ? Value::Kind::kText : Value::Kind::kJson;
  return value;
}

Reading EventMapper::Impl::ReadField(std::size_t i, const Message& message, Arena& arena) {
  Field& field = fields[i];
  const Found& found = reader.found(i);
  if (found.state == Found::State::kAmbiguous) return Reason::kAmbiguousKey;
  const bool absent = found.state == Found::State::kAbsent;
  if (!absent && found.json.kind != Json::Kind::kNull) {
    return ReadPresent(field, found.json, message, arena);
  }
  if (field.rule.default_value) return ReadDefault(field, message, arena);
  if (!IsNullable(field)) return absent ? Reason::kRequiredMissing : Reason::kRequiredNull;
  return Value();
}

Reading EventMapper::Impl::ReadDefault(Field& field, const Message& message, Arena& arena) {
  switch (field.rule.default_value->kind) {
    case DefaultValue::Kind::kSentAt:
      return ReadMoment(message.key.sent_ms, field.column);
    case DefaultValue::Kind::kNow:
      return ReadMoment(ToEpochMillis(clock.Now()), field.column);
    case DefaultValue::Kind::kLiteral:
      break;
  }
  return ReadPresent(field, field.literal->json(), message, arena);
}

Reading EventMapper::Impl::ReadPresent(Field& field, const Json& json, const Message& message,
                                       Arena& arena) {
  if (field.masker) return ReadMasked(field, json, message, arena);
  if (field.rule.mask) return ReadBlindly(field, json, arena);
  if (field.rule.required && IsBlank(json, arena)) return Reason::kRequiredEmpty;
  return ReadValue(json, field.column, field.rule.as, reader, arena);
}

Reading EventMapper::Impl::ReadMasked(Field& field, const Json& json, const Message& message,
                                      Arena& arena) {
  if (json.kind != Json::Kind::kString) return Reason::kWrongType;
  const auto decoded = Decode(json, arena);
  if (const auto* reason = std::get_if<Reason>(&decoded)) return *reason;
  const masking::Masked masked =
      field.masker->Mask(std::get<Text>(decoded).text, message.key.sent_ms);
  switch (masked.outcome) {
    case masking::Outcome::kEmpty:
      return ReadEmpty(field);
    case masking::Outcome::kInvalid:
      return ReadInvalid(field);
    case masking::Outcome::kMasked:
    case masking::Outcome::kRaw:
      break;
  }
  const Json text{.kind = Json::Kind::kString, .raw = masked.text};
  return ReadValue(text, field.column, ReadAs::kType, reader, arena);
}

// redact and null: whatever it is, it leaves nothing of itself.
Reading EventMapper::Impl::ReadBlindly(const Field& field, const Json& json, Arena& arena) {
  if (IsBlank(json, arena)) return ReadEmpty(field);
  Value value;
  if (field.rule.mask->mask == Mask::kNull) return value;
  value.kind = Value::Kind::kText;
  value.text = field.rule.mask->label;
  return value;
}

Reading EventMapper::Impl::ReadEmpty(const Field& field) {
  if (!IsNullable(field)) return Reason::kRequiredEmpty;
  return Value();
}

Reading EventMapper::Impl::ReadInvalid(const Field& field) {
  if (field.rule.mask->on_invalid == OnInvalid::kNull && IsNullable(field)) return Value();
  return Reason::kInvalidValue;
}

}  // namespace bauta::mapping
