#include "cli/when.h"

#include <array>
#include <cstddef>

#include "base/text.h"

namespace bauta::cli {
namespace {

// Takes exactly `digits` digits off the front of `text`.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool TakeChar(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> TakeDate(std::string_view& text) {
  const std::optional<int> year = TakeNumber(text, 4);
  if (!year || !TakeChar(text, '-')) return std::nullopt;
  const std::optional<int> month = TakeNumber(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const std::optional<int> day = TakeNumber(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

// "07:00", "07:00:00", "07:00:00.123"
std::optional<std::chrono::milliseconds> TakeTime(std::string_view& text) {
  std::array<int, 3> parts{};
  constexpr std::array<int, 3> kLimits = {23, 59, 59};
  std::size_t n = 0;
  do {
    const std::optional<int> part = TakeNumber(text, 2);
    if (!part || *part > kLimits[n]) return std::nullopt;
    parts[n++] = *part;
  } while (n < 3 && TakeChar(text, ':'));
  if (n < 2) return std::nullopt;
  std::optional<int> millis = 0;
  if (n == 3 && TakeChar(text, '.')) millis = TakeNumber(text, 3);
  if (!millis) return std::nullopt;
  return std::chrono::hours(parts[0]) + std::chrono::minutes(parts[1]) +
         std::chrono::seconds(parts[2]) + std::chrono::milliseconds(*millis);
}

}  // namespace

std::optional<std::int64_t> ParseWhen(std::string_view text, WallTime now) {
  if (const auto ago = ParseDuration(text)) return ToEpochMillis(now - *ago);
  const auto date = TakeDate(text);
  if (!date) return std::nullopt;
  WallTime moment = *date;
  if (!text.empty()) {
    if (!TakeChar(text, 'T') && !TakeChar(text, ' ')) return std::nullopt;
    const auto time = TakeTime(text);
    TakeChar(text, 'Z');
    if (!time || !text.empty()) return std::nullopt;
    moment += *time;
  }
  return ToEpochMillis(moment);
}

}  // namespace bauta::cli
