#include "cli/value_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstring>
#include <ctime>

#include "base/text.h"
#include "base/uuid.h"

namespace bauta::cli {
namespace {

constexpr std::int64_t kPostgresEpoch = 946'684'800;  // 2000-01-01 in seconds since 1970.

std::string Time(std::int64_t microseconds) {
  std::int64_t seconds = microseconds / 1'000'000;
  std::int64_t rest = microseconds % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  const std::tm utc = fmt::gmtime(static_cast<std::time_t>(seconds + kPostgresEpoch));
  return fmt::format("\"{:%Y-%m-%dT%H:%M:%S}.{:06}Z\"", utc, rest);
}

std::string Date(std::int64_t days) {
  const std::tm utc = fmt::gmtime(static_cast<std::time_t>(days * 86'400 + kPostgresEpoch));
  return fmt::format("\"{:%Y-%m-%d}\"", utc);
}

std::string Address(std::string_view bytes) {
  std::string out;
  const bool v4 = bytes.size() == 5;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    const unsigned byte = static_cast<unsigned char>(bytes[i]);
    if (i > 0 && (v4 || i % 2 == 0)) out += v4 ? '.' : ':';
    out += v4 ? fmt::format("{}", byte) : fmt::format("{:02x}", byte);
  }
  return fmt::format("\"{}/{}\"", out, static_cast<unsigned char>(bytes.back()));
}

std::string Array(std::string_view bytes) {
  std::string out = "[";
  while (bytes.size() >= 4) {
    std::uint32_t length = 0;
    std::memcpy(&length, bytes.data(), 4);
    bytes.remove_prefix(4);
    if (out.size() > 1) out += ',';
    if (length == 0xffffffff) {
      out += "null";
      continue;
    }
    AppendJsonString(out, bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return out + "]";
}

}  // namespace

std::string ValueJson(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return value.integer != 0 ? "true" : "false";
    case Value::Kind::kInteger:
      return std::to_string(value.integer);
    case Value::Kind::kFloat:
      return fmt::format("{}", value.real);
    case Value::Kind::kText:
      return JsonString(value.text);
    case Value::Kind::kDate:
      return Date(value.integer);
    case Value::Kind::kTimestamp:
      return Time(value.integer);
    case Value::Kind::kUuid: {
      Uuid uuid;
      std::memcpy(uuid.bytes.data(), value.text.data(), uuid.bytes.size());
      return JsonString(ToString(uuid));
    }
    case Value::Kind::kDecimal:
    case Value::Kind::kJson:
      return std::string(value.text);
    case Value::Kind::kInet:
      return Address(value.text);
    case Value::Kind::kTextArray:
      return Array(value.text);
  }
  return "null";
}

}  // namespace bauta::cli
