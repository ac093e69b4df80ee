// What the config says of one target column: where its value comes from and what happens to it.
// config/ fills these, mapping/ obeys them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bauta {

// A reading that the catalog's type cannot tell.
enum class ReadAs { kType, kVersion, kVersionDigits, kEpochSeconds, kEpochMillis, kJson };

// Which canonical form a masked value takes before it is hashed: PRIVACY, section 3.2.
enum class Canonical { kText, kIp, kLower, kDigits, kRaw };
enum class OnInvalid { kQuarantine, kNull, kRaw };

struct DefaultValue {
  enum class Kind { kLiteral, kSentAt, kNow } kind = Kind::kLiteral;
  std::string literal;  // Read as if the event had held this string or number.
};

struct MaskRule {
  std::string mask = "hmac-sha256";
  Canonical canonical = Canonical::kText;
  std::string domain;  // Never empty: config/ has put the default.
  int bits = 128;
  OnInvalid on_invalid = OnInvalid::kQuarantine;
};

struct ColumnRule {
  std::string column;
  std::string from;  // RFC 6901 JSON Pointer into the event.
  bool required = false;
  std::optional<DefaultValue> default_value;  // For absent and null.
  ReadAs as = ReadAs::kType;
  std::optional<MaskRule> mask;
  int line = 0, position = 0;  // Where the config says so, from 1; for messages.
};

enum class UnknownFields { kIgnore, kQuarantine };

struct MappingRules {
  std::vector<ColumnRule> columns;  // In config order: an event's reason is its first failing one.
  UnknownFields unknown_fields = UnknownFields::kIgnore;
};

}  // namespace bauta
