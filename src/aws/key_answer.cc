#include "aws/key_answer.h"

#include <simdjson.h>

#include <charconv>
#include <chrono>

namespace bauta::aws {
namespace {

using Fields = std::map<std::string, std::string>;

void Flatten(const simdjson::dom::object& object, const std::string& prefix, Fields& fields) {
  for (const auto& [key, value] : object) {
    const std::string name = prefix + std::string(key);
    std::string_view text;
    std::int64_t number = 0;
    simdjson::dom::object inner;
    if (value.get(text) == simdjson::SUCCESS) {
      fields.insert_or_assign(name, std::string(text));
    } else if (value.get(number) == simdjson::SUCCESS) {
      fields.insert_or_assign(name, std::to_string(number));
    } else if (prefix.empty() && value.get(inner) == simdjson::SUCCESS) {
      Flatten(inner, name + ".", fields);
    }
  }
}

// Digits at the front, which are taken away; -1 if they are not `count`.
int TakeDigits(std::string_view& text, std::size_t count) {
  int number = 0;
  const char* const end = text.data() + std::min(count, text.size());
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  const bool digits = text.size() >= count && error == std::errc() && stopped == end &&
                      text.front() >= '0' && text.front() <= '9';
  if (!digits) return -1;
  text.remove_prefix(count);
  return number;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "UTC", "+00:00" or "-0800", all that is left of `text`.
std::optional<std::chrono::minutes> Offset(std::string_view text) {
  if (text == "Z" || text == "UTC") return std::chrono::minutes(0);
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const int hours = TakeDigits(text, 2);
  Take(text, ':');
  const int minutes = TakeDigits(text, 2);
  if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59 || !text.empty()) return std::nullopt;
  return std::chrono::minutes(sign * (60 * hours + minutes));
}

}  // namespace

std::optional<std::map<std::string, std::string>> FlatJson(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(simdjson::padded_string(json)).get(object) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  Fields fields;
  Flatten(object, "", fields);
  return fields;
}

std::optional<WallTime> ParseTime(std::string_view text) {
  const int year = TakeDigits(text, 4);
  if (!Take(text, '-')) return std::nullopt;
  const int month = TakeDigits(text, 2);
  if (!Take(text, '-')) return std::nullopt;
  const int day = TakeDigits(text, 2);
  if (!Take(text, 'T') && !Take(text, ' ')) return std::nullopt;
  const int hour = TakeDigits(text, 2);
  if (!Take(text, ':')) return std::nullopt;
  const int minute = TakeDigits(text, 2);
  if (!Take(text, ':')) return std::nullopt;
  const int second = TakeDigits(text, 2);
  if (Take(text, '.')) {  // To the second is enough, and on the safe side.
    const std::size_t digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    text.remove_prefix(digits);
  }
  const auto offset = Offset(text);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 0 || month < 0 || day < 0 || !date.ok() || !offset || hour < 0 || hour > 23 ||
      minute < 0 || minute > 59 || second < 0 || second > 60) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) - *offset;
}

Result<Credentials> ReadKeys(const std::map<std::string, std::string>& fields,
                             const std::string& token_name, const std::string& from) {
  const auto get = [&](const std::string& name) {
    const auto at = fields.find(name);
    return at == fields.end() ? std::string() : at->second;
  };
  for (const char* name : {"AccessKeyId", "SecretAccessKey"}) {
    if (get(name).empty()) return ConfigError(from + ": its answer has no " + name);
  }
  Credentials credentials{get("AccessKeyId"), get("SecretAccessKey"), get(token_name), {}};
  if (const std::string expires = get("Expiration"); !expires.empty()) {
    credentials.expires = ParseTime(expires);
    if (!credentials.expires) {
      return ConfigError(from + ": the Expiration in its answer is no time");
    }
  }
  return Checked(std::move(credentials), from);
}

Result<Credentials> ReadJsonKeys(std::string_view json, const std::string& token_name,
                                 const std::string& from) {
  const auto fields = FlatJson(json);
  if (!fields) return ConfigError(from + ": its answer is no JSON object");
  return ReadKeys(*fields, token_name, from);
}

}  // namespace bauta::aws
