#include "mapping/read_version.h"

#include <algorithm>
#include <optional>

namespace bauta::mapping {
namespace {

// The value of the part in front of the first dot; `text` loses both.
std::optional<std::int64_t> TakePart(std::string_view& text) {
  const std::size_t end = std::min(text.find('.'), text.size());
  if (end == 0) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text.substr(0, end)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
    if (value > 999) return std::nullopt;
  }
  text.remove_prefix(end);
  return value;
}

}  // namespace

std::variant<std::int64_t, Reason> ParseVersion(std::string_view text) {
  std::int64_t version = 0;
  bool more = true;
  for (int part = 0; part < 3; ++part) {
    version *= 1000;
    if (!more) continue;
    const std::optional<std::int64_t> value = TakePart(text);
    if (!value) return Reason::kBadVersion;
    version += *value;
    more = !text.empty();
    if (more) text.remove_prefix(1);
  }
  if (more) return Reason::kBadVersion;
  return version;
}

std::variant<std::int64_t, Reason> ParseVersionDigits(std::string_view text, std::int64_t high) {
  std::int64_t value = 0;
  bool fits = true;
  bool after_digit = false;
  for (const char c : text) {
    if (c == '.' && after_digit) {
      after_digit = false;
      continue;
    }
    if (c < '0' || c > '9') return Reason::kBadVersion;
    after_digit = true;
    fits = fits && value <= (high - (c - '0')) / 10;
    if (fits) value = value * 10 + (c - '0');
  }
  if (!after_digit) return Reason::kBadVersion;
  if (!fits) return Reason::kOutOfRange;
  return value;
}

}  // namespace bauta::mapping
