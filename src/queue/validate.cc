#include "queue/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <unordered_set>

#include "base/text.h"

namespace bauta::queue {
namespace {

constexpr std::size_t kMaxEntries = 10;
constexpr std::size_t kMaxAttributes = 10;
constexpr std::size_t kMaxTags = 50;

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Letters, digits, '-' and '_'.
bool IsPlain(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max && std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlnum(c) || c == '-' || c == '_';
  });
}

// #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF
bool HasOnlyValidCharacters(std::string_view text) {
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
  if (control || !IsValidUtf8(text)) return false;
  for (std::size_t at = text.find("\xef\xbf"); at != std::string_view::npos;
       at = text.find("\xef\xbf", at + 1)) {
    if (text[at + 2] == '\xbe' || text[at + 2] == '\xbf') return false;  // U+FFFE, U+FFFF
  }
  return true;
}

bool IsNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error != std::errc::invalid_argument && end == text.data() + text.size();
}

// Beside ASCII ones SQS takes Latin letters: U+00C0 to U+017F, in UTF-8 c3 80 to c5 bf.
bool HasOnlyNameCharacters(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (IsAlnum(c) || c == '-' || c == '_' || c == '.') continue;
    if (c < '\xc3' || c > '\xc5' || i + 1 == name.size()) return false;
    ++i;
  }
  return true;
}

bool StartsWithoutCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char p, char t) { return p == (t >= 'A' && t <= 'Z' ? t | 0x20 : t); });
}

bool IsAttributeName(std::string_view name) {
  const bool dots =
      name.starts_with('.') || name.ends_with('.') || name.find("..") != std::string_view::npos;
  const bool reserved = StartsWithoutCase(name, "aws.") || StartsWithoutCase(name, "amazon.");
  return !name.empty() && name.size() <= 256 && HasOnlyNameCharacters(name) && !dots && !reserved;
}

// "Number.int" is a Number.
std::string_view BaseType(std::string_view type) { return type.substr(0, type.find('.')); }

Outcome<> CheckAttribute(std::string_view name, const MessageAttribute& attribute) {
  if (!IsAttributeName(name)) {
    return InvalidParameterValue(
        "Message (user) attribute name can contain A-Z, a-z, 0-9, underscore, hyphen and period, "
        "must not start or end with a period, nor start with AWS. or Amazon., and be at most 256 "
        "long.");
  }
  const std::string_view type = BaseType(attribute.type);
  if (type.empty()) {
    return InvalidParameterValue(fmt::format(
        "The message (user) attribute '{}' must contain a non-empty attribute type.", name));
  }
  if ((type != "String" && type != "Number" && type != "Binary") || attribute.type.size() > 256) {
    return InvalidParameterValue(fmt::format(
        "The type of message (user) attribute '{}' is invalid. You must use only the following "
        "supported type prefixes: Binary, Number, String.",
        name));
  }
  if (attribute.value.empty()) {
    return InvalidParameterValue(
        fmt::format("Message (user) attribute '{}' must contain a non-empty value of type '{}'.",
                    name, type == "Number" ? "String" : type));
  }
  if (type == "Number" && !IsNumber(attribute.value)) {
    return InvalidParameterValue(
        fmt::format("Can't cast the value of message (user) attribute '{}' to a number.", name));
  }
  if (type == "String" && !HasOnlyValidCharacters(attribute.value)) {
    return InvalidParameterValue(InvalidMessageContents().message);  // Other than for a body.
  }
  return Unit{};
}

Outcome<> CheckSystemAttributes(const MessageAttributes& attributes) {
  for (const auto& [name, attribute] : attributes) {
    if (name != "AWSTraceHeader") {
      return InvalidParameterValue(
          fmt::format("Message system attribute name '{}' is invalid.", name));
    }
    if (attribute.type != "String" || attribute.value.empty()) {
      return InvalidParameterValue(
          "Message system attribute 'AWSTraceHeader' must contain a non-empty value of type "
          "'String'.");
    }
  }
  return Unit{};
}

constexpr std::string_view kNotThisType =
    "The request include parameter that is not valid for this queue type.";

// Absent, or 1 to 128 letters, digits and punctuation.
Outcome<> CheckId(const std::optional<std::string>& id, std::string_view parameter) {
  if (!id) return Unit{};
  const bool printable =
      std::all_of(id->begin(), id->end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!id->empty() && id->size() <= 128 && printable) return Unit{};
  return InvalidValue(*id, parameter,
                      fmt::format("{} can only include alphanumeric and punctuation characters. 1 "
                                  "to 128 in length.",
                                  parameter));
}

Outcome<> CheckIds(const Entry& entry, const Rules& rules) {
  if (entry.deduplication_id && !rules.fifo) {
    return InvalidValue(*entry.deduplication_id, "MessageDeduplicationId",
                        "The request includes a parameter that is not valid for this queue type.");
  }
  OR_FAIL(CheckId(entry.deduplication_id, "MessageDeduplicationId"));
  return CheckId(entry.group_id, "MessageGroupId");
}

}  // namespace

Outcome<> CheckQueueName(std::string_view name, bool fifo) {
  static constexpr std::string_view kSuffix = ".fifo";
  if (!fifo && IsPlain(name, 80)) return Unit{};
  if (!fifo) {
    return InvalidParameterValue(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  }
  const bool suffix = name.ends_with(kSuffix);
  if (suffix && IsPlain(name.substr(0, name.size() - kSuffix.size()), 80 - kSuffix.size())) {
    return Unit{};
  }
  return InvalidParameterValue(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
      "underscores, must end with .fifo suffix and be 1 to 80 in length.");
}

Outcome<> CheckFifo(const Entry& entry, const Rules& rules) {
  if (!rules.fifo) return Unit{};
  if (!entry.group_id || entry.group_id->empty()) return MissingParameter("MessageGroupId");
  if (rules.deduplicates_content || entry.deduplication_id) return Unit{};
  return InvalidParameterValue(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
      "provided explicitly");
}

Outcome<> CheckAttempt(const std::optional<std::string>& id, bool fifo) {
  if (id && !fifo) return InvalidValue(*id, "ReceiveRequestAttemptId", kNotThisType);
  return CheckId(id, "ReceiveRequestAttemptId");
}

Outcome<> CheckMessage(const Entry& entry, const Rules& rules) {
  if (!entry.body || entry.body->empty()) return MissingParameter("MessageBody");
  OR_FAIL(CheckRange(entry.delay, "DelaySeconds", 0, 900, "DelaySeconds must be >= 0 and <= 900."));
  if (rules.fifo && entry.delay.value_or(0) != 0) {
    return InvalidValue(std::to_string(*entry.delay), "DelaySeconds", kNotThisType);
  }
  if (entry.attributes.size() > kMaxAttributes) {
    return InvalidParameterValue(
        fmt::format("Number of message attributes [{}] exceeds the allowed maximum [10].",
                    entry.attributes.size()));
  }
  for (const auto& [name, attribute] : entry.attributes) OR_FAIL(CheckAttribute(name, attribute));
  OR_FAIL(CheckSystemAttributes(entry.system_attributes));
  OR_FAIL(CheckIds(entry, rules));
  if (!HasOnlyValidCharacters(*entry.body)) return InvalidMessageContents();
  return Unit{};
}

std::size_t SizeOf(const Entry& entry) {
  std::size_t size = entry.body ? entry.body->size() : 0;
  for (const auto& [name, attribute] : entry.attributes) {
    size += name.size() + attribute.type.size() + attribute.value.size();
  }
  return size;
}

Outcome<> CheckTags(const Attributes& tags, std::string_view queue) {
  if (tags.size() > kMaxTags) {
    return InvalidParameterValue(fmt::format("Too many tags added for queue {}.", queue));
  }
  for (const auto& [key, value] : tags) {
    if (Utf8Length(key) > 128) {
      return InvalidParameterValue("Tag keys must be between 1 and 128 characters in length.");
    }
    if (Utf8Length(value) > 256) {
      return InvalidParameterValue("Tag values must be between 0 and 256 characters in length.");
    }
  }
  return Unit{};
}

Outcome<> CheckBatch(std::span<const Entry> entries, std::string_view kind) {
  if (entries.empty()) return EmptyBatchRequest(kind);
  if (entries.size() > kMaxEntries) return TooManyEntries(entries.size());
  std::unordered_set<std::string_view> seen;
  for (const Entry& entry : entries) {
    if (!entry.id) return MissingParameter("Id");
    if (!IsPlain(*entry.id, 80)) return InvalidBatchEntryId();
    if (!seen.insert(*entry.id).second) return BatchEntryIdsNotDistinct(*entry.id);
  }
  return Unit{};
}

Outcome<> CheckRange(const std::optional<std::int64_t>& value, std::string_view parameter,
                     std::int64_t min, std::int64_t max, std::string_view reason) {
  if (!value || (*value >= min && *value <= max)) return Unit{};
  return InvalidValue(std::to_string(*value), parameter, reason);
}

}  // namespace bauta::queue
