// What the config says of one target column: where its value comes from and what happens to it.
// config/ fills these, mapping/ obeys them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bauta {

// A reading that the catalog's type cannot tell.
enum class ReadAs { kType, kVersion, kVersionDigits, kEpochSeconds, kEpochMillis, kJson };

// What takes the place of a value: PRIVACY, section 3.
enum class Mask {
  kHmacSha256,
  kAesSiv,
  kIpcryptDeterministic,
  kIpcryptPfx,
  kLegacySha256,
  kTruncate,
  kKeepLast,
  kRedact,
  kNull
};
// As the config calls it.
constexpr std::string_view MaskName(Mask mask) {
  switch (mask) {
    case Mask::kHmacSha256:
      return "hmac-sha256";
    case Mask::kAesSiv:
      return "aes-siv";
    case Mask::kIpcryptDeterministic:
      return "ipcrypt-deterministic";
    case Mask::kIpcryptPfx:
      return "ipcrypt-pfx";
    case Mask::kLegacySha256:
      return "legacy-sha256";
    case Mask::kTruncate:
      return "truncate";
    case Mask::kKeepLast:
      return "keep_last";
    case Mask::kRedact:
      return "redact";
    case Mask::kNull:
      return "null";
  }
  return {};
}
// It looks at no value, so it takes one of any type.
constexpr bool IsBlind(Mask mask) { return mask == Mask::kRedact || mask == Mask::kNull; }
// Its output is a token, which says by which key it was made.
constexpr bool IsToken(Mask mask) { return mask == Mask::kHmacSha256 || mask == Mask::kAesSiv; }
// Its output is an address.
constexpr bool IsIpcrypt(Mask mask) {
  return mask == Mask::kIpcryptDeterministic || mask == Mask::kIpcryptPfx;
}

// Which canonical form a masked value takes before it is hashed: PRIVACY, section 3.2.
enum class Canonical { kText, kIp, kLower, kDigits, kRaw, kIpPrefix };
enum class OnInvalid { kQuarantine, kNull, kRaw };

// What personal data in a column that passes in clear does to its event.
enum class OnLeak { kWarn, kQuarantine, kIgnore };

struct DefaultValue {
  enum class Kind { kLiteral, kSentAt, kNow } kind = Kind::kLiteral;
  std::string literal;  // Read as if the event had held this string or number.
};

// A domain may change with the month in which its messages were sent: "ip@{yyyy-mm}".
inline constexpr std::string_view kMonthMark = "{yyyy-mm}";
inline bool HasMonth(std::string_view domain) {
  return domain.find(kMonthMark) != std::string_view::npos;
}
// The domain in a month: "ip@2026-01".
inline std::string DomainOf(std::string domain, std::string_view month) {
  for (std::size_t at = 0; (at = domain.find(kMonthMark, at)) != std::string::npos;) {
    domain.replace(at, kMonthMark.size(), month);
  }
  return domain;
}

struct MaskRule {
  Mask mask = Mask::kHmacSha256;
  OnInvalid on_invalid = OnInvalid::kQuarantine;
  // hmac-sha256, aes-siv, ipcrypt (always kIp)
  Canonical canonical = Canonical::kText;
  std::string domain;  // Never empty: config/ has put the default.  May name the month.
  int bits = 128;      // hmac-sha256
  bool vault = false;  // hmac-sha256: the original is kept, sealed.
  // The others
  std::string suffix;    // legacy-sha256: hashed behind the value.
  int v4 = 24, v6 = 48;  // truncate, kIpPrefix: bits of the network that stay.
  int n = 4;             // keep_last: characters that stay.
  std::string label;     // redact: what stands there instead, "[ip]".
};

// What `from` names: a place in the event (/user/id), a message attribute (attribute:Name), a
// system attribute (system:SenderId), or the event as a whole, as it is written (body).
enum class Origin { kPointer, kAttribute, kSystem, kBody };

struct ColumnRule {
  std::string column;
  Origin origin = Origin::kPointer;
  std::string from;  // An RFC 6901 JSON Pointer, empty for a constant; or the attribute's name.
  bool required = false;
  std::optional<DefaultValue> default_value;  // For absent and null.
  ReadAs as = ReadAs::kType;
  std::optional<MaskRule> mask;
  std::optional<OnLeak> on_leak;  // Without a mask; else the rules'.
  int line = 0, position = 0;     // Where the config says so, from 1; for messages.
};

// The names that `system:` takes.
inline constexpr std::string_view kSystemAttributes[] = {
    "MessageId",      "SentTimestamp",
    "SenderId",       "ApproximateReceiveCount",
    "AWSTraceHeader", "ApproximateFirstReceiveTimestamp",
    "MessageGroupId", "MessageDeduplicationId",
    "SequenceNumber", "DeadLetterQueueSourceArn"};
// Part of every message, whether anybody asks for it or not.
constexpr bool IsAlwaysThere(std::string_view system_attribute) {
  return system_attribute == "MessageId" || system_attribute == "SentTimestamp" ||
         system_attribute == "ApproximateReceiveCount";
}

// How the events stand in a body.  What is named is undone in this order: envelope, encoding,
// events.
struct BodyRules {
  bool sns = false;          // An SNS notification may stand around it.
  bool gzip_base64 = false;  // It is compressed.
  std::optional<std::string>
      events;  // A JSON Pointer to the array of events; else it is one event.
};

enum class UnknownFields { kIgnore, kQuarantine, kColumn };

struct MappingRules {
  BodyRules body;
  std::vector<ColumnRule> columns;  // In config order: an event's reason is its first failing one.
  std::optional<ColumnRule> event_key;  // Where the producer's id of an event is; no column.
  OnLeak on_leak = OnLeak::kWarn;
  UnknownFields unknown_fields = UnknownFields::kIgnore;
  std::string rest_column;  // For kColumn: the last value of every row.
};

// The system attributes that the queue must be asked for.
inline std::vector<std::string> SystemAttributesOf(const MappingRules& rules) {
  std::vector<std::string> names;
  for (const ColumnRule& rule : rules.columns) {
    if (rule.origin != Origin::kSystem || IsAlwaysThere(rule.from)) continue;
    if (std::find(names.begin(), names.end(), rule.from) == names.end()) names.push_back(rule.from);
  }
  return names;
}

// The columns of a row, in the order of its values.
inline std::vector<std::string> ColumnNames(const MappingRules& rules) {
  std::vector<std::string> names;
  for (const ColumnRule& rule : rules.columns) names.push_back(rule.column);
  if (rules.unknown_fields == UnknownFields::kColumn) names.push_back(rules.rest_column);
  return names;
}

}  // namespace bauta
