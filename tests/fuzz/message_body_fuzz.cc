// Any bytes as a message's body, through a mapper for a column of every type.  The body must become
// a row whose values all fit, or a refusal, and the verdict on its grammar must be simdjson's.
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <string_view>

#include "base/text.h"
#include "core/batch.h"
#include "fakes/fake_clock.h"
#include "fakes/mapping.h"
#include "mapping/event_mapper.h"
#include "mapping/event_reader.h"

namespace bauta {
namespace {

void Require(bool holds, const char* condition, int line) {
  if (holds) return;
  std::fprintf(stderr, "line %d: %s\n", line, condition);
  std::abort();
}
#define REQUIRE(condition) Require((condition), #condition, __LINE__)

struct Setup {
  void Add(ColumnType type, ReadAs as, int max_chars, int precision, int scale, bool masked) {
    Column column = fakes::MakeColumn(type, max_chars, precision, scale);
    column.name = "c" + std::to_string(table.columns.size());
    // One letter for each, so that a fuzzer finds them: /a, /b, ...
    const char letter = static_cast<char>('a' + table.columns.size());
    ColumnRule rule = fakes::MakeRule(column.name, std::string("/") + letter);
    rule.as = as;
    maskers.emplace_back();
    if (masked) {
      rule.mask = MaskRule();
      masking::TokenMask::Options options;
      options.kid = "k1";
      options.form = masking::Form::kIp1;
      options.keys.key = crypto::SecretBytes(32);
      maskers.back().emplace(masking::TokenMask::Make(std::move(options)).value());
    }
    table.columns.push_back(column);
    rules.columns.push_back(rule);
  }

  void AddPartial(ColumnType type, const char* from, Mask mask,
                  masking::ColumnMasker::Kind masker) {
    Add(type, ReadAs::kType, type == ColumnType::kVarchar ? 4 : 0, 0, 0, false);
    rules.columns.back().from = from;
    rules.columns.back().mask = MaskRule{.mask = mask};
    maskers.back().emplace(std::move(masker));
  }

  explicit Setup(BodyRules body = {}) {
    rules.body = std::move(body);
    using T = ColumnType;
    for (const T type :
         {T::kText, T::kVarchar, T::kChar, T::kInt16, T::kInt32, T::kInt64, T::kNumeric,
          T::kFloat32, T::kFloat64, T::kBool, T::kDate, T::kTimestamp, T::kTimestampTz, T::kUuid,
          T::kInet, T::kCidr, T::kJson, T::kJsonb, T::kTextArray}) {
      const bool sized = type == T::kVarchar || type == T::kChar;
      Add(type, ReadAs::kType, sized ? 4 : 0, 0, 0, false);
    }
    Add(T::kNumeric, ReadAs::kType, 0, 6, 2, false);
    Add(T::kInt32, ReadAs::kVersion, 0, 0, 0, false);
    Add(T::kInt16, ReadAs::kVersionDigits, 0, 0, 0, false);
    Add(T::kTimestampTz, ReadAs::kEpochSeconds, 0, 0, 0, false);
    Add(T::kDate, ReadAs::kEpochMillis, 0, 0, 0, false);
    Add(T::kJsonb, ReadAs::kJson, 0, 0, 0, false);
    Add(T::kText, ReadAs::kType, 0, 0, 0, true);
    rules.columns.back().from = "/z/0/ip";
    AddPartial(T::kVarchar, "/z/0/id", Mask::kKeepLast, masking::KeepLast(2));
    AddPartial(T::kCidr, "/z/0/ip", Mask::kTruncate, masking::Truncate(24, 48));
    table.columns.push_back(fakes::MakeColumn(T::kJsonb));
    table.columns.back().name = rules.rest_column = "rest";
    rules.unknown_fields = UnknownFields::kColumn;
    made = mapping::EventMapper::Make({rules, table, std::move(maskers), clock}).value();
  }

  MappingRules rules;
  TableSchema table{"public", "t", {}};
  std::vector<std::optional<masking::ColumnMasker>> maskers;
  fakes::FakeClock clock;
  std::unique_ptr<mapping::EventMapper> made;
};

void CheckText(const Value& value, const Column& column) {
  REQUIRE(IsValidUtf8(value.text));
  REQUIRE(value.text.find('\0') == std::string_view::npos);
  const auto most = static_cast<std::size_t>(column.max_chars);
  REQUIRE(most == 0 || Utf8Length(value.text) <= most);
}

void CheckInteger(const Value& value, const Column& column) {
  if (column.type == ColumnType::kInt16) REQUIRE(value.integer == std::int16_t(value.integer));
  if (column.type == ColumnType::kInt32) REQUIRE(value.integer == std::int32_t(value.integer));
}

void CheckDecimal(const Value& value, const Column& column) {
  std::string_view text = value.text;
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  REQUIRE(point > 0);
  REQUIRE(text.find_first_not_of("0123456789.") == std::string_view::npos);
  REQUIRE(point == text.size() || text.find('.', point + 1) == std::string_view::npos);
  REQUIRE(point == text.size() || point + 1 < text.size());
  REQUIRE(text.size() <= 200'000);
  if (column.precision == 0) return;
  REQUIRE(point <= static_cast<std::size_t>(column.precision - column.scale));
  REQUIRE(text.size() - point - 1 == static_cast<std::size_t>(column.scale));
}

void CheckArray(std::string_view bytes) {
  while (!bytes.empty()) {
    std::uint32_t size = 0;
    REQUIRE(bytes.size() >= sizeof size);
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (size == 0xffffffff) continue;
    REQUIRE(size <= bytes.size());
    REQUIRE(IsValidUtf8(bytes.substr(0, size)));
    bytes.remove_prefix(size);
  }
}

void CheckJson(std::string_view text) {
  mapping::EventReader reader({});
  REQUIRE(reader.ParseText(text).has_value());
}

void CheckValue(const Value& value, const Column& column, bool keyed) {
  if (keyed && value.kind != Value::Kind::kNull) {
    REQUIRE(value.text.size() == 32 && value.text.starts_with("h1:k1:"));
  }
  switch (value.kind) {
    case Value::Kind::kText:
      return CheckText(value, column);
    case Value::Kind::kInteger:
      return CheckInteger(value, column);
    case Value::Kind::kDecimal:
      return CheckDecimal(value, column);
    case Value::Kind::kTextArray:
      return CheckArray(value.text);
    case Value::Kind::kJson:
      return CheckJson(value.text);
    case Value::Kind::kUuid:
      return REQUIRE(value.text.size() == 16);
    case Value::Kind::kInet:
      return REQUIRE(value.text.size() == 5 || value.text.size() == 17);
    case Value::Kind::kFloat:
      return REQUIRE(value.real - value.real == 0);
    case Value::Kind::kBool:
      return REQUIRE(value.integer == 0 || value.integer == 1);
    case Value::Kind::kNull:
    case Value::Kind::kDate:
    case Value::Kind::kTimestamp:
      return;
  }
}

// Of two equal keys jsonb would lose one.
void CheckKeys(const simdjson::dom::element& json) {
  if (json.is_array()) {
    for (const simdjson::dom::element element : simdjson::dom::array(json)) CheckKeys(element);
  }
  if (!json.is_object()) return;
  std::set<std::string_view> keys;
  for (const auto& member : simdjson::dom::object(json)) {
    REQUIRE(keys.insert(member.key).second);
    CheckKeys(member.value);
  }
}

// What no rule reads is there as it is, and nothing else: no key of a rule, nothing of the mask's.
void CheckRest(const std::string& body, const Value& rest, const MappingRules& rules) {
  REQUIRE(rest.kind == Value::Kind::kJson || rest.kind == Value::Kind::kNull);
  REQUIRE(rest.text.size() <= body.size());
  if (rest.kind == Value::Kind::kNull) return;
  REQUIRE(rest.text.starts_with('{') && rest.text.size() > 2);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const simdjson::error_code error = parser.parse(std::string(rest.text)).get(root);
  if (error == simdjson::NUMBER_ERROR) return;
  REQUIRE(error == simdjson::SUCCESS);
  CheckKeys(root);
  for (const auto& member : simdjson::dom::object(root)) {
    for (const ColumnRule& rule : rules.columns)
      REQUIRE("/" + std::string(member.key) != rule.from);
    REQUIRE(member.key != "z");  // A masked pointer goes on by a number there.
  }
}

// Whatever stands around the events: each has a row or a refusal, and all know their number.
void CheckOpened(Setup& setup, const std::string& body) {
  Message message = fakes::MakeMessage(body);
  Batch batch;
  setup.made->Map(message, batch);
  REQUIRE(batch.deliveries.size() == 1);
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    const Event& event = batch.events[i];
    REQUIRE(event.item == i && event.delivery == 0);
    REQUIRE(event.row.has_value() != event.refusal.has_value());
    if (!event.row) continue;
    for (std::size_t c = 0; c < setup.rules.columns.size(); ++c) {
      const auto& mask = setup.rules.columns[c].mask;
      CheckValue(event.row->values()[c], setup.table.columns[c],
                 mask && mask->mask == Mask::kHmacSha256);
    }
  }
}

// simdjson's own document parser must agree, but for numbers, which it refuses beyond 64 bits and
// double, and for unpaired surrogates, which are grammar but no text.
void CheckGrammar(const std::string& body, const Event& event) {
  static simdjson::dom::parser parser;
  const simdjson::error_code error = parser.parse(body).error();
  const bool is_json = !event.refusal || event.refusal->reason != Reason::kNotJson;
  if (error == simdjson::SUCCESS) REQUIRE(is_json);
  if (!is_json || error == simdjson::SUCCESS) return;
  if (error == simdjson::UTF8_ERROR) REQUIRE(event.refusal->reason == Reason::kBadUtf8);
  REQUIRE(error == simdjson::UTF8_ERROR || error == simdjson::NUMBER_ERROR ||
          error == simdjson::STRING_ERROR || error == simdjson::DEPTH_ERROR ||
          (event.refusal && (event.refusal->reason == Reason::kBadUtf8 ||
                             event.refusal->reason == Reason::kTooDeep)));
}

}  // namespace
}  // namespace bauta

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bauta;
  static Setup setup, opened({.sns = true, .events = "/e"}), array({.events = ""});
  static Setup packed({.sns = true, .gzip_base64 = true, .events = ""});
  const std::string body(reinterpret_cast<const char*>(data), size);
  CheckOpened(opened, body);
  CheckOpened(array, body);
  CheckOpened(packed, body);
  CheckOpened(packed, Base64Encode(body));
  Message message = fakes::MakeMessage(body);
  Batch batch;
  setup.made->Map(message, batch);
  REQUIRE(batch.deliveries.size() == 1 && batch.events.size() == 1);
  const Event& event = batch.events[0];
  REQUIRE(event.row.has_value() != event.refusal.has_value());
  CheckGrammar(body, event);
  if (!event.row) return 0;
  REQUIRE(event.row->values().size() == setup.rules.columns.size() + 1);
  CheckRest(body, event.row->values().back(), setup.rules);
  for (std::size_t i = 0; i < setup.rules.columns.size(); ++i) {
    const auto& mask = setup.rules.columns[i].mask;
    CheckValue(event.row->values()[i], setup.table.columns[i],
               mask && mask->mask == Mask::kHmacSha256);
  }
  return 0;
}
