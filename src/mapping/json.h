// The leaves of a JSON text: values by their raw bytes, strings unescaped, numbers taken apart.
// Pure functions; no allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/reason.h"

namespace bauta::mapping {

// A value in a JSON text that has been validated.
struct Json {
  enum class Kind : std::uint8_t { kNull, kTrue, kFalse, kNumber, kString, kObject, kArray };
  Kind kind = Kind::kNull;
  // A string: what stands between the quotes.  All else: the value as written.
  std::string_view raw;
  bool escaped = false;  // A string with a backslash in `raw`.
};

// A JSON number, taken apart: -12.50e3 is {true, "12", "50", 3}.
struct Number {
  bool negative = false;
  std::string_view integer;  // At least one digit, no leading zero but "0".
  std::string_view fraction;
  std::int64_t exponent = 0;  // Clamped to +-10^15.

  bool IsZero() const;
};

// The whole of `text` as RFC 8259's number, or nothing.
std::optional<Number> ParseNumber(std::string_view text);

// The string at the front of `text`, which loses it; returns what is between the quotes.  `text` is
// validated JSON.
std::string_view TakeString(std::string_view& text);

// True if every backslash in `raw`, a string's inside, begins an escape that RFC 8259 knows.
bool AreEscapesValid(std::string_view raw);

// Unescapes `raw`, whose escapes are valid, to `to` (raw.size() bytes are enough) and returns how
// many bytes that took; nothing for an unpaired surrogate, which no UTF-8 can hold.
std::optional<std::size_t> Unescape(std::string_view raw, char* to);

// Why PostgreSQL would not take this validated JSON text: an escaped NUL, an unpaired surrogate, a
// number beyond numeric.
std::optional<Reason> JsonTrouble(std::string_view text);

// True if PostgreSQL's numeric can hold it without a declared precision, and if it is not one of
// those whose exponent would write more than a thousand zeros.
bool FitsNumeric(const Number& number);

}  // namespace bauta::mapping
