#include "mapping/read_value.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>

#include "base/text.h"
#include "base/uuid.h"
#include "mapping/read_array.h"
#include "mapping/read_number.h"
#include "mapping/read_time.h"
#include "mapping/read_version.h"

namespace bauta::mapping {
namespace {

bool HasNul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

Value IntegerValue(Value::Kind kind, std::int64_t integer) {
  Value value;
  value.kind = kind;
  value.integer = integer;
  return value;
}

Value TextValue(Value::Kind kind, std::string_view text) {
  Value value;
  value.kind = kind;
  value.text = text;
  return value;
}

Reading ReadText(Text text, const Column& column, Arena& arena) {
  if (HasNul(text.text)) return Reason::kHasNul;
  const auto most = static_cast<std::size_t>(column.max_chars);
  // Only a text of more bytes than that can be one of more characters.
  if (most > 0 && text.text.size() > most && Utf8Length(text.text) > most) return Reason::kTooLong;
  return TextValue(Value::Kind::kText, text.in_arena ? text.text : arena.Copy(text.text));
}

Reading IntegerReading(const std::variant<std::int64_t, Reason>& result) {
  if (const auto* reason = std::get_if<Reason>(&result)) return *reason;
  return IntegerValue(Value::Kind::kInteger, std::get<std::int64_t>(result));
}

// The text of a JSON number, or of a string that holds one.
std::optional<std::string_view> NumberText(const Json& json) {
  if (json.kind == Json::Kind::kNumber) return json.raw;
  if (json.kind != Json::Kind::kString || !ParseNumber(json.raw)) return {};
  return json.raw;
}

struct Range {
  std::int64_t low, high;
};

template <class T>
constexpr Range RangeOf() {
  return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

Range IntegerRange(ColumnType type) {
  if (type == ColumnType::kInt16) return RangeOf<std::int16_t>();
  if (type == ColumnType::kInt32) return RangeOf<std::int32_t>();
  return RangeOf<std::int64_t>();
}

Reading ReadInteger(std::string_view number, const Column& column) {
  const Range range = IntegerRange(column.type);
  return IntegerReading(ToInteger(*ParseNumber(number), range.low, range.high));
}

Reading ReadDecimal(std::string_view number, const Column& column, Arena& arena) {
  const auto text = ToDecimal(*ParseNumber(number), column, arena);
  if (const auto* reason = std::get_if<Reason>(&text)) return *reason;
  return TextValue(Value::Kind::kDecimal, std::get<std::string_view>(text));
}

Reading ReadFloat(std::string_view number, const Column& column) {
  const auto real = ToFloat(number, column.type == ColumnType::kFloat32);
  if (const auto* reason = std::get_if<Reason>(&real)) return *reason;
  Value value;
  value.kind = Value::Kind::kFloat;
  value.real = std::get<double>(real);
  return value;
}

Reading ReadNumber(const Json& json, const Column& column, Arena& arena) {
  const std::optional<std::string_view> number = NumberText(json);
  if (!number) return Reason::kWrongType;
  switch (column.type) {
    case ColumnType::kNumeric:
      return ReadDecimal(*number, column, arena);
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
      return ReadFloat(*number, column);
    default:
      return ReadInteger(*number, column);
  }
}

Reading ReadBool(const Json& json) {
  const bool is_string = json.kind == Json::Kind::kString;
  if (json.kind == Json::Kind::kTrue || (is_string && json.raw == "true")) {
    return IntegerValue(Value::Kind::kBool, 1);
  }
  if (json.kind == Json::Kind::kFalse || (is_string && json.raw == "false")) {
    return IntegerValue(Value::Kind::kBool, 0);
  }
  return Reason::kWrongType;
}

Reading ReadTime(std::string_view text, const Column& column) {
  if (column.type == ColumnType::kDate) {
    const std::optional<std::int64_t> days = ParseDate(text);
    return days ? Reading(IntegerValue(Value::Kind::kDate, *days)) : Reason::kBadDate;
  }
  const std::optional<std::int64_t> micros = ParseTimestamp(text);
  return micros ? Reading(IntegerValue(Value::Kind::kTimestamp, *micros)) : Reason::kBadDate;
}

Reading MomentReading(std::optional<std::int64_t> micros, const Column& column) {
  if (!micros) return Reason::kOutOfRange;
  if (column.type == ColumnType::kDate) {
    return IntegerValue(Value::Kind::kDate, DateOfTimestamp(*micros));
  }
  return IntegerValue(Value::Kind::kTimestamp, *micros);
}

Reading ReadEpoch(const Json& json, const Column& column, int power) {
  const std::optional<std::string_view> number = NumberText(json);
  if (!number) return Reason::kWrongType;
  return MomentReading(TimestampOfEpoch(*ParseNumber(*number), power), column);
}

Reading ReadUuid(std::string_view text, Arena& arena) {
  const std::optional<Uuid> uuid = ParseUuid(text);
  if (!uuid) return Reason::kBadUuid;
  const auto* const bytes = reinterpret_cast<const char*>(uuid->bytes.data());
  return TextValue(Value::Kind::kUuid, arena.Copy({bytes, uuid->bytes.size()}));
}

// The bits of `address` behind the first `prefix` are all zero.
bool IsNetwork(std::string_view address, unsigned prefix) {
  for (unsigned bit = prefix; bit < address.size() * 8; ++bit) {
    const auto byte = static_cast<unsigned char>(address[bit / 8]);
    if ((byte >> (7 - bit % 8)) & 1) return false;
  }
  return true;
}

Reading ReadAddress(std::string_view text, const Column& column, Arena& arena) {
  const std::size_t slash = text.find('/');
  std::array<char, INET6_ADDRSTRLEN> host{};
  const std::string_view host_text = text.substr(0, slash);
  if (host_text.size() >= host.size() || HasNul(host_text)) return Reason::kInvalidValue;
  std::memcpy(host.data(), host_text.data(), host_text.size());
  std::array<char, 17> bytes{};
  std::size_t size = 4;
  if (inet_pton(AF_INET, host.data(), bytes.data()) != 1) {
    size = 16;
    if (inet_pton(AF_INET6, host.data(), bytes.data()) != 1) return Reason::kInvalidValue;
  }
  unsigned prefix = static_cast<unsigned>(size) * 8;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const char* const end = digits.data() + digits.size();
    const unsigned most = prefix;
    const auto [stop, error] = std::from_chars(digits.data(), end, prefix);
    const bool leading_zero = digits.size() > 1 && digits.front() == '0';
    if (error != std::errc() || stop != end || leading_zero || prefix > most) {
      return Reason::kInvalidValue;
    }
  }
  if (column.type == ColumnType::kCidr && !IsNetwork({bytes.data(), size}, prefix)) {
    return Reason::kInvalidValue;
  }
  bytes[size] = static_cast<char>(prefix);
  return TextValue(Value::Kind::kInet, arena.Copy({bytes.data(), size + 1}));
}

// A JSON value as JSON text.
Reading ReadJson(const Json& json, Arena& arena) {
  // A string's quotes stand around `raw` in the body.
  const std::string_view text = json.kind == Json::Kind::kString
                                    ? std::string_view(json.raw.data() - 1, json.raw.size() + 2)
                                    : json.raw;
  if (const std::optional<Reason> trouble = JsonTrouble(text)) return *trouble;
  return TextValue(Value::Kind::kJson, arena.Copy(text));
}

// `as: json`: JSON inside a string, or a value serialised.
Reading ReadAsJson(const Json& json, bool in_arena, const Column& column, EventReader& reader,
                   Arena& arena) {
  if (json.kind == Json::Kind::kString && !reader.ParseText(json.raw)) return Reason::kInvalidValue;
  const bool is_json = column.type == ColumnType::kJson || column.type == ColumnType::kJsonb;
  if (!is_json) return ReadText({json.raw, in_arena}, column, arena);
  if (const std::optional<Reason> trouble = JsonTrouble(json.raw)) return *trouble;
  return TextValue(Value::Kind::kJson, in_arena ? json.raw : arena.Copy(json.raw));
}

// Types that are read from a JSON string only.
Reading ReadFromString(const Json& json, const Column& column, Arena& arena) {
  if (json.kind != Json::Kind::kString) return Reason::kWrongType;
  switch (column.type) {
    case ColumnType::kUuid:
      return ReadUuid(json.raw, arena);
    case ColumnType::kInet:
    case ColumnType::kCidr:
      return ReadAddress(json.raw, column, arena);
    default:
      return ReadTime(json.raw, column);
  }
}

Reading ReadPlainText(const Json& json, bool in_arena, const Column& column, Arena& arena) {
  if (json.kind != Json::Kind::kNumber && json.kind != Json::Kind::kString) {
    return Reason::kWrongType;
  }
  return ReadText({json.raw, in_arena}, column, arena);
}

Reading ReadByType(const Json& json, bool in_arena, const Column& column, Arena& arena) {
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kVarchar:
    case ColumnType::kChar:
    case ColumnType::kEnum:
      return ReadPlainText(json, in_arena, column, arena);
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kNumeric:
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
      return ReadNumber(json, column, arena);
    case ColumnType::kBool:
      return ReadBool(json);
    case ColumnType::kDate:
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
    case ColumnType::kUuid:
    case ColumnType::kInet:
    case ColumnType::kCidr:
      return ReadFromString(json, column, arena);
    case ColumnType::kJson:
    case ColumnType::kJsonb:
      return ReadJson(json, arena);
    case ColumnType::kTextArray:
      return ReadTextArray(json, arena);
    case ColumnType::kUnsupported:
      break;
  }
  return Reason::kWrongType;
}

Reading ReadVersion(const Json& json, const Column& column, ReadAs as) {
  if (json.kind != Json::Kind::kString) return Reason::kWrongType;
  const Range range = IntegerRange(column.type);
  return IntegerReading(as == ReadAs::kVersion ? ParseVersion(json.raw)
                                               : ParseVersionDigits(json.raw, range.high));
}

}  // namespace

std::variant<Text, Reason> Decode(const Json& string, Arena& arena) {
  if (!string.escaped) return Text{string.raw};
  const std::span<char> room = arena.AllocateArray<char>(string.raw.size());
  const std::optional<std::size_t> size = Unescape(string.raw, room.data());
  if (!size) return Reason::kBadUtf8;
  return Text{std::string_view(room.data(), *size), true};
}

Reading ReadMoment(std::int64_t epoch_millis, const Column& column) {
  return MomentReading(TimestampOfMillis(epoch_millis), column);
}

Reading ReadValue(const Json& json, const Column& column, ReadAs as, EventReader& reader,
                  Arena& arena) {
  const bool is_json = column.type == ColumnType::kJson || column.type == ColumnType::kJsonb;
  if (is_json && as == ReadAs::kType) return ReadJson(json, arena);
  Json plain = json;
  if (json.escaped) {
    const auto decoded = Decode(json, arena);
    if (const auto* reason = std::get_if<Reason>(&decoded)) return *reason;
    plain.raw = std::get<Text>(decoded).text;
  }
  switch (as) {
    case ReadAs::kVersion:
    case ReadAs::kVersionDigits:
      return ReadVersion(plain, column, as);
    case ReadAs::kEpochSeconds:
      return ReadEpoch(plain, column, 6);
    case ReadAs::kEpochMillis:
      return ReadEpoch(plain, column, 3);
    case ReadAs::kJson:
      return ReadAsJson(plain, json.escaped, column, reader, arena);
    case ReadAs::kType:
      break;
  }
  return ReadByType(plain, json.escaped, column, arena);
}

}  // namespace bauta::mapping
