#include "mapping/event_mapper.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "mapping/check_rules.h"
#include "mapping/event_id.h"
#include "mapping/event_reader.h"
#include "mapping/leak_guard.h"
#include "mapping/literal.h"
#include "mapping/message_reader.h"
#include "mapping/originals.h"
#include "mapping/read_value.h"
#include "mapping/rest_reader.h"
#include "mapping/row_maker.h"

namespace bauta::mapping {
namespace {

// Bytes of attributes that the events of one message may copy.
constexpr std::size_t kMostCopied = 64 << 20;

// One column: how it is to be filled.
struct Field {
  const ColumnRule& rule;
  Column column;
  std::optional<masking::ColumnMasker> masker;
  std::optional<Literal> literal;
  std::optional<OriginalsOf> originals = {};       // Where the rule has a vault.
  std::vector<masking::TokenMask> old_masks = {};  // While keys rotate: of the others in use.
  std::optional<OriginalsOf> aliases = {};         // With them.
};

bool NeedsMasker(const ColumnRule& rule) { return rule.mask && !IsBlind(rule.mask->mask); }

// A string of nothing but white space.
bool IsBlank(const Json& json, Arena& arena) {
  if (json.kind != Json::Kind::kString) return false;
  const auto decoded = Decode(json, arena);
  const auto* const text = std::get_if<Text>(&decoded);
  return text != nullptr && TrimAscii(text->text).empty();
}

// JSON for a json column, and text for all others.
Found WholeEvent(const Field& field, std::string_view event) {
  const ColumnType type = field.column.type;
  const bool json = type == ColumnType::kJson || type == ColumnType::kJsonb;
  return {Found::State::kFound,
          {.kind = json ? Json::Kind::kObject : Json::Kind::kString, .raw = event}};
}

Event EventOf(const Batch& batch, std::optional<Refusal> refusal) {
  return {.delivery = static_cast<std::uint32_t>(batch.deliveries.size()),
          .item = 0,
          .row = std::nullopt,
          .refusal = refusal};
}

Delivery DeliveryOf(const Message& message, Sealable&& body, Batch& batch) {
  return {.key = message.key,
          .id = batch.arena.Copy(message.id),
          .receive_count = message.receive_count,
          .body = std::move(body)};
}

// The places that the reader looks at: those of the columns, then that of the key.
std::vector<ColumnRule> AllRules(const MappingRules& rules) {
  std::vector<ColumnRule> all = rules.columns;
  if (rules.event_key) all.push_back(*rules.event_key);
  return all;
}

bool IsNullable(const Field& field) { return !field.rule.required && !field.column.not_null; }

}  // namespace

struct EventMapper::Impl {
  explicit Impl(Options& options);

  // What is beside the event, and then the event: the values in the order of the rules, or why
  // there are none.
  std::optional<Reason> ReadMessage(const Message& message, const BodyOpener::Opened& opened);
  std::variant<std::span<const Value>, Refusal> Values(const Message& message,
                                                       std::string_view event, Arena& arena);
  Reading ReadField(std::size_t i, const Message& message, Arena& arena);
  Reading ReadDefault(Field& field, const Message& message, Arena& arena);
  Reading ReadPresent(Field& field, const Json& json, const Message& message, Arena& arena);
  void AddAliases(Field& field, std::string_view value, std::string_view token,
                  const Message& message, Arena& arena);
  Reading ReadMasked(Field& field, const Json& json, const Message& message, Arena& arena);
  std::optional<Refusal> LookForLeaks(std::span<const Value> values, Arena& arena);
  static Reading ReadBlindly(const Field& field, const Json& json, Arena& arena);
  static Reading ReadEmpty(const Field& field);
  static Reading ReadInvalid(const Field& field);
  Reading ReadRest(std::string_view event, Arena& arena);
  // `event` is the one that was read last: it gets its key, or a refusal.
  void GiveKey(std::string_view text, Event& event, Arena& arena);

  const Clock& clock;
  const MappingRules& rules;
  const std::vector<ColumnRule> all_rules;
  BodyOpener opener;
  EventReader reader;
  MessageReader beside;
  std::vector<std::size_t> whole;  // Rules that take the event as it is written.
  std::vector<Field> fields;
  std::uint32_t raw_tokens = 0;     // Of the event that was read last.
  std::uint32_t event_number = 0;   // Of the event that is read, in its batch,
  std::vector<Original> originals;  // and of its tokens.
  LeakGuard guard;
  std::vector<Leak> leaks;     // Of the event that was read last.
  std::vector<Alias> aliases;  // Likewise.
  // For the column of what no rule reads.
  std::optional<RestReader> rest;
  Column rest_column;
  std::optional<masking::EventHashes> hashes;
};

EventMapper::Impl::Impl(Options& options)
    : clock(options.clock),
      rules(options.rules),
      all_rules(AllRules(options.rules)),
      opener(options.rules.body),
      reader(all_rules),
      beside(all_rules),
      guard(options.rules) {
  fields.reserve(options.rules.columns.size());
  for (std::size_t i = 0; i < options.rules.columns.size(); ++i) {
    const ColumnRule& rule = options.rules.columns[i];
    Field& field = fields.emplace_back(Field{rule, *options.table.Find(rule.column), {}, {}});
    if (NeedsMasker(rule)) field.masker = std::move(options.maskers[i]);
    if (!options.old_masks[i].empty()) {
      field.old_masks = std::move(options.old_masks[i]);
      field.aliases.emplace(*rule.mask, "");
    }
    if (rule.mask && rule.mask->vault) field.originals.emplace(*rule.mask, options.canons[i]);
    if (rule.origin == Origin::kBody) whole.push_back(i);
    if (rule.default_value && rule.default_value->kind == DefaultValue::Kind::kLiteral) {
      field.literal.emplace(rule.default_value->literal, field.column, reader);
    }
  }
  hashes = std::move(options.hashes);
  if (rules.unknown_fields != UnknownFields::kColumn) return;
  rest.emplace(rules.columns);
  rest_column = *options.table.Find(rules.rest_column);
}

Result<std::unique_ptr<EventMapper>> EventMapper::Make(Options options) {
  const std::vector<Problem> problems = CheckRules(options.rules, options.table);
  if (!problems.empty()) return ConfigError(problems.front().message, problems.front().hint);
  options.maskers.resize(options.rules.columns.size());
  options.canons.resize(options.rules.columns.size());
  options.old_masks.resize(options.rules.columns.size());
  for (std::size_t i = 0; i < options.maskers.size(); ++i) {
    if (NeedsMasker(options.rules.columns[i]) && !options.maskers[i]) {
      return Fatal("columns." + options.rules.columns[i].column + ": no masker");
    }
  }
  if (options.rules.event_key && !options.hashes) return Fatal("no hashes for the event key");
  return std::unique_ptr<EventMapper>(new EventMapper(std::make_unique<Impl>(options)));
}

EventMapper::EventMapper(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventMapper::~EventMapper() = default;

void EventMapper::Map(Message& message, Batch& batch) {
  BodyOpener::Opened opened{
      .text = message.body, .attributes = message.attributes, .parts = std::nullopt};
  std::optional<Reason> refused;
  if (!impl_->opener.is_plain() && !message.item) {
    auto made = impl_->opener.Open(message.body, message.attributes);
    if (const auto* reason = std::get_if<Reason>(&made)) {
      refused = *reason;
    } else {
      opened = std::get<BodyOpener::Opened>(std::move(made));
    }
  }
  if (!refused) refused = impl_->ReadMessage(message, opened);
  if (refused) {
    batch.events.push_back(EventOf(batch, Refusal{*refused, {}}));
  } else if (opened.parts) {
    return MapSeveral(message, opened, batch);
  } else {
    batch.events.push_back(MapEvent(message, opened.text, message.item.value_or(0), batch));
  }
  batch.events.back().item = message.item.value_or(0);
  batch.deliveries.push_back(DeliveryOf(
      message,
      Sealable(std::move(message.attributes), std::move(message.body), std::move(message.system)),
      batch));
}

// Each is sealed alone if it is refused, so the opened text takes the body's place.
void EventMapper::MapSeveral(Message& message, const BodyOpener::Opened& opened, Batch& batch) {
  std::uint32_t item = 0;
  for (const Sealable::Part& part : *opened.parts) {
    batch.events.push_back(
        MapEvent(message, opened.text.substr(part.begin, part.size), item++, batch));
  }
  const bool keep = impl_->beside.reads_attributes();
  std::string attributes(keep ? opened.attributes : "{}");
  std::string text = opened.text.data() == message.body.data() ? std::move(message.body)
                                                               : std::string(opened.text);
  batch.deliveries.push_back(DeliveryOf(
      message,
      Sealable(std::move(attributes), std::move(text), std::move(message.system), *opened.parts),
      batch));
}

Event EventMapper::MapEvent(const Message& message, std::string_view text, std::uint32_t item,
                            Batch& batch) {
  impl_->event_number = static_cast<std::uint32_t>(batch.events.size());
  const auto values = impl_->Values(message, text, batch.arena);
  Event event = EventOf(batch, std::nullopt);
  event.item = item;
  if (const auto* refusal = std::get_if<Refusal>(&values)) {
    event.refusal = *refusal;
    return event;
  }
  event.row = RowMaker::Make(std::get<std::span<const Value>>(values));
  event.raw_tokens = impl_->raw_tokens;
  std::move(impl_->originals.begin(), impl_->originals.end(), std::back_inserter(batch.originals));
  std::move(impl_->leaks.begin(), impl_->leaks.end(), std::back_inserter(batch.leaks));
  std::move(impl_->aliases.begin(), impl_->aliases.end(), std::back_inserter(batch.aliases));
  if (impl_->rules.event_key) impl_->GiveKey(text, event, batch.arena);
  return event;
}

std::optional<Reason> EventMapper::Impl::ReadMessage(const Message& message,
                                                     const BodyOpener::Opened& opened) {
  // Every event of it may carry them to its row and to its record.
  if (opened.parts && beside.reads_attributes() &&
      opened.parts->size() * opened.attributes.size() > kMostCopied) {
    return Reason::kOutOfRange;
  }
  return beside.Read(message, opened.attributes);
}

std::variant<std::span<const Value>, Refusal> EventMapper::Impl::Values(const Message& message,
                                                                        std::string_view event,
                                                                        Arena& arena) {
  raw_tokens = 0;
  originals.clear();
  aliases.clear();
  if (const std::optional<Reason> reason = reader.Read(event)) return Refusal{*reason, {}};
  beside.PutInto(reader);
  for (const std::size_t i : whole) reader.Put(i, WholeEvent(fields[i], event));
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
    const Reading reading = ReadRest(event, arena);
    if (const auto* reason = std::get_if<Reason>(&reading))
      return Refusal{*reason, rules.rest_column};
    values.back() = std::get<Value>(reading);
  }
  if (const std::optional<Refusal> leak = LookForLeaks(values, arena)) return *leak;
  return std::span<const Value>(values);
}

std::optional<Refusal> EventMapper::Impl::LookForLeaks(std::span<const Value> values,
                                                       Arena& arena) {
  leaks.clear();
  for (const LeakGuard::Finding& found : guard.Look(values, reader, arena)) {
    if (found.refuses) return Refusal{Reason::kLeak, found.column};
    leaks.push_back({found.column, found.looks_like});
  }
  return std::nullopt;
}

Reading EventMapper::Impl::ReadRest(std::string_view event, Arena& arena) {
  const auto read = rest->Read(event, arena);
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

void EventMapper::Impl::GiveKey(std::string_view text, Event& event, Arena& arena) {
  const std::variant<std::string_view, Reason> id = ReadEventId(reader.found(fields.size()), arena);
  if (const auto* reason = std::get_if<Reason>(&id)) {
    event.refusal = Refusal{*reason, {}};
    event.row.reset();
    return;
  }
  std::string whole_id(std::get<std::string_view>(id));
  // An attribute is of all the events of its message.
  if (rules.event_key->origin == Origin::kAttribute && event.item > 0) {
    whole_id.append(1, '\0').append(std::to_string(event.item));
  }
  event.key = EventKey{{hashes->OfId(whole_id)}, hashes->OfBody(text)};
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
    case masking::Outcome::kRaw:
      ++raw_tokens;
      break;
    case masking::Outcome::kMasked:
      break;
  }
  const Json text{.kind = Json::Kind::kString, .raw = masked.text};
  Reading reading = ReadValue(text, field.column, ReadAs::kType, reader, arena);
  const auto* const value = std::get_if<Value>(&reading);
  if (value && !field.old_masks.empty()) {
    AddAliases(field, std::get<Text>(decoded).text, value->text, message, arena);
  }
  if (value && field.originals) {
    originals.push_back(field.originals->Make(event_number, std::get<Text>(decoded).text,
                                              masked.outcome, value->text, message.key.sent_ms,
                                              arena));
  }
  return reading;
}

void EventMapper::Impl::AddAliases(Field& field, std::string_view value, std::string_view token,
                                   const Message& message, Arena& arena) {
  for (masking::TokenMask& mask : field.old_masks) {
    const masking::Masked old = mask.Mask(value, message.key.sent_ms);
    if (old.text.empty()) continue;
    aliases.push_back({event_number, arena.Copy(old.text), token,
                       field.aliases->DomainAt(message.key.sent_ms, arena)});
  }
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
