#include "mapping/read_time.h"

#include <chrono>

#include "mapping/read_number.h"

namespace bauta::mapping {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr std::int64_t kEpochSeconds = 946'684'800;  // 2000-01-01 in seconds since 1970.
// PostgreSQL's 4714-11-24 BC, and the first it cannot hold any more, 294277-01-01.
constexpr std::int64_t kMinTimestamp = -211'813'488'000'000'000;
constexpr std::int64_t kEndTimestamp = 9'223'371'331'200'000'000;

// Exactly `n` digits at the front of `text`, which loses them.
std::optional<int> TakeDigits(std::string_view& text, std::size_t n) {
  if (text.size() < n) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, n)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(n);
  return value;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> TakeDate(std::string_view& text) {
  const std::optional<int> year = TakeDigits(text, 4);
  if (!year || *year == 0 || !Take(text, '-')) return std::nullopt;
  const std::optional<int> month = TakeDigits(text, 2);
  if (!month || !Take(text, '-')) return std::nullopt;
  const std::optional<int> day = TakeDigits(text, 2);
  if (!day) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(*year),
                            std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return (sys_days(date) - sys_days(2000y / January / 1)).count();
}

// ".123456789" as microseconds.
std::optional<std::int64_t> TakeFraction(std::string_view& text) {
  if (!Take(text, '.')) return 0;
  std::int64_t micros = 0, unit = kMicrosPerSecond;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    unit /= 10;
    micros += unit * (text.front() - '0');
  }
  return micros;
}

// "HH:MM[:SS[.digits]]" as microseconds; a leap second is the first of the next minute.
std::optional<std::int64_t> TakeTime(std::string_view& text) {
  const std::optional<int> hours = TakeDigits(text, 2);
  if (!hours || *hours > 23 || !Take(text, ':')) return std::nullopt;
  const std::optional<int> minutes = TakeDigits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const std::int64_t whole = (std::int64_t{*hours} * 60 + *minutes) * 60;
  if (!Take(text, ':')) return whole * kMicrosPerSecond;
  const std::optional<int> seconds = TakeDigits(text, 2);
  if (!seconds || *seconds > 60) return std::nullopt;
  const std::optional<std::int64_t> micros = TakeFraction(text);
  if (!micros) return std::nullopt;
  return (whole + *seconds) * kMicrosPerSecond + *micros;
}

// "Z", "+HH", "+HHMM", "+HH:MM" or nothing, as microseconds east of UTC.
std::optional<std::int64_t> TakeOffset(std::string_view& text) {
  if (text.empty() || Take(text, 'Z') || Take(text, 'z')) return 0;
  const bool west = Take(text, '-');
  if (!west && !Take(text, '+')) return std::nullopt;
  const std::optional<int> hours = TakeDigits(text, 2);
  if (!hours || *hours > 23) return std::nullopt;
  std::optional<int> minutes = 0;
  if (!text.empty()) {
    Take(text, ':');
    minutes = TakeDigits(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
  }
  const std::int64_t offset = (std::int64_t{*hours} * 60 + *minutes) * 60 * kMicrosPerSecond;
  return west ? -offset : offset;
}

}  // namespace

std::optional<std::int64_t> ParseDate(std::string_view text) {
  const std::optional<std::int64_t> days = TakeDate(text);
  return text.empty() ? days : std::nullopt;
}

std::optional<std::int64_t> ParseTimestamp(std::string_view text) {
  const std::optional<std::int64_t> days = TakeDate(text);
  if (!days) return std::nullopt;
  if (text.empty()) return *days * kMicrosPerDay;
  if (!Take(text, 'T') && !Take(text, 't') && !Take(text, ' ')) return std::nullopt;
  const std::optional<std::int64_t> time = TakeTime(text);
  if (!time) return std::nullopt;
  const std::optional<std::int64_t> offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return *days * kMicrosPerDay + *time - *offset;
}

std::optional<std::int64_t> TimestampOfEpoch(const Number& number, int power) {
  const std::optional<std::int64_t> since_1970 = ScaledInteger(number, power);
  if (!since_1970) return std::nullopt;
  std::int64_t micros = 0;
  if (__builtin_sub_overflow(*since_1970, kEpochSeconds * kMicrosPerSecond, &micros)) {
    return std::nullopt;
  }
  if (micros < kMinTimestamp || micros >= kEndTimestamp) return std::nullopt;
  return micros;
}

std::optional<std::int64_t> TimestampOfMillis(std::int64_t epoch_millis) {
  std::int64_t micros = 0;
  if (__builtin_mul_overflow(epoch_millis, std::int64_t{1000}, &micros) ||
      __builtin_sub_overflow(micros, kEpochSeconds * kMicrosPerSecond, &micros) ||
      micros < kMinTimestamp || micros >= kEndTimestamp) {
    return std::nullopt;
  }
  return micros;
}

std::int64_t DateOfTimestamp(std::int64_t micros) {
  const std::int64_t days = micros / kMicrosPerDay;
  return micros % kMicrosPerDay < 0 ? days - 1 : days;
}

}  // namespace bauta::mapping
