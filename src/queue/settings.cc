#include "queue/settings.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>

namespace bauta::queue {
namespace {

struct Range {
  std::string_view name;
  int min, max;
};
constexpr std::array<Range, 5> kRanges = {{{"DelaySeconds", 0, 900},
                                           {"MaximumMessageSize", 1024, 1048576},
                                           {"MessageRetentionPeriod", 60, 1209600},
                                           {"ReceiveMessageWaitTimeSeconds", 0, 20},
                                           {"VisibilityTimeout", 0, 43200}}};
constexpr std::array<std::string_view, 6> kTexts = {
    "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "Policy",
    "RedriveAllowPolicy",           "RedrivePolicy",  "SqsManagedSseEnabled"};

const Range* FindRange(std::string_view name) {
  const auto* found = std::find_if(kRanges.begin(), kRanges.end(),
                                   [&](const Range& range) { return range.name == name; });
  return found == kRanges.end() ? nullptr : found;
}

std::optional<int> ParseInt(std::string_view text) {
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

Outcome<> CheckName(std::string_view name) {
  if (Settings::IsKnown(name)) return Unit{};
  if (name == "DeduplicationScope" || name == "FifoThroughputLimit") {
    return InvalidAttributeName(
        fmt::format("You can specify the {} only when FifoQueue is set to true.", name));
  }
  return InvalidAttributeName(fmt::format("Unknown Attribute {}.", name));
}

Outcome<> CheckText(std::string_view name, std::string_view value) {
  if (name == "SqsManagedSseEnabled" && value != "true" && value != "false") {
    return InvalidAttributeValue(name);
  }
  if (name == "RedriveAllowPolicy" && !value.empty()) {
    simdjson::dom::parser parser;
    if (!parser.parse(value.data(), value.size()).is_object()) return InvalidAttributeValue(name);
  }
  return Unit{};
}

Failure BadPolicy(std::string_view text, std::string_view reason) {
  return InvalidValue(text, "RedrivePolicy", reason);
}

// arn:aws:sqs:REGION:ACCOUNT:NAME
bool IsQueueArn(std::string_view arn) {
  return std::count(arn.begin(), arn.end(), ':') == 5 && arn.starts_with("arn:") &&
         arn.find(":sqs:") != std::string_view::npos && !arn.ends_with(':');
}

std::optional<std::int64_t> Integer(simdjson::dom::element value) {
  std::int64_t n = 0;
  if (value.get(n) == simdjson::SUCCESS) return n;
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return std::nullopt;
  return ParseInt(text);
}

}  // namespace

Outcome<std::optional<Redrive>> ParseRedrivePolicy(std::string_view text) {
  if (text.empty()) return std::optional<Redrive>();
  simdjson::dom::parser parser;
  simdjson::dom::object policy;
  if (parser.parse(text.data(), text.size()).get(policy) != simdjson::SUCCESS) {
    return BadPolicy(text, "Redrive policy is not a valid JSON map.");
  }
  if (policy.size() == 0) return std::optional<Redrive>();
  simdjson::dom::element count;
  simdjson::dom::element target;
  if (policy["maxReceiveCount"].get(count) != simdjson::SUCCESS) {
    return BadPolicy(text, "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  }
  if (policy["deadLetterTargetArn"].get(target) != simdjson::SUCCESS) {
    return BadPolicy(text,
                     "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  }
  const std::optional<std::int64_t> n = Integer(count);
  if (!n || *n < 1 || *n > 1000) {
    return BadPolicy(text, "Invalid value for maxReceiveCount: " + simdjson::minify(count) +
                               ", valid values are from 1 to 1000 both inclusive.");
  }
  std::string_view arn;
  if (target.get(arn) != simdjson::SUCCESS || !IsQueueArn(arn)) {
    return BadPolicy(text, "Invalid value for deadLetterTargetArn.");
  }
  return std::optional(Redrive{std::string(arn), static_cast<std::uint32_t>(*n)});
}

bool Settings::IsNumber(std::string_view name) { return FindRange(name) != nullptr; }

bool Settings::IsKnown(std::string_view name) {
  return IsNumber(name) || std::find(kTexts.begin(), kTexts.end(), name) != kTexts.end();
}

int Settings::Number(std::string_view name) const {
  return numbers_[static_cast<std::size_t>(FindRange(name) - kRanges.data())];
}

Outcome<> Settings::Apply(const Attributes& changes) {
  Settings next = *this;
  for (const auto& [name, value] : changes) {
    OR_FAIL(CheckName(name));
    if (const Range* range = FindRange(name)) {
      const std::optional<int> n = ParseInt(value);
      if (!n || *n < range->min || *n > range->max) return InvalidAttributeValue(name);
      next.numbers_[static_cast<std::size_t>(range - kRanges.data())] = *n;
      continue;
    }
    OR_FAIL(CheckText(name, value));
    if (name == "RedrivePolicy") next.redrive_ = OR_FAIL(ParseRedrivePolicy(value));
    next.texts_[name] = value;
    if (value.empty() || (name == "RedrivePolicy" && !next.redrive_)) next.texts_.erase(name);
  }
  *this = std::move(next);
  return Unit{};
}

std::optional<std::string> Settings::Difference(const Attributes& given) const {
  Settings other = *this;
  if (!other.Apply(given).ok()) return given.empty() ? "" : given.begin()->first;
  const Attributes mine = All();
  const Attributes theirs = other.All();
  for (const auto& [name, value] : given) {
    const auto a = mine.find(name);
    const auto b = theirs.find(name);
    const bool same_redrive = name == "RedrivePolicy" && redrive_ && other.redrive_ &&
                              redrive_->target_arn == other.redrive_->target_arn &&
                              redrive_->max_receives == other.redrive_->max_receives;
    if (same_redrive || (a == mine.end() && b == theirs.end())) continue;
    if (a == mine.end() || b == theirs.end() || a->second != b->second) return name;
  }
  return std::nullopt;
}

Attributes Settings::All() const {
  Attributes all = texts_;
  for (std::size_t i = 0; i < kRanges.size(); ++i) {
    all[std::string(kRanges[i].name)] = std::to_string(numbers_[i]);
  }
  return all;
}

}  // namespace bauta::queue
