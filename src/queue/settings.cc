#include "queue/settings.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace bauta::queue {

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return lower;
}

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

constexpr std::string_view kKeyReuse = "KmsDataKeyReusePeriodSeconds";
constexpr std::string_view kDefaultKeyReuse = "300";  // Not shown.

constexpr std::array<std::string_view, 4> kFifoTexts = {
    "ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit"};

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

bool IsFifoText(std::string_view name) {
  return std::find(kFifoTexts.begin(), kFifoTexts.end(), name) != kFifoTexts.end();
}

// The values of those that have but a few.
struct Choice {
  std::string_view name, one, other;
};
constexpr std::array<Choice, 4> kChoices = {
    {{"SqsManagedSseEnabled", "true", "false"},
     {"ContentBasedDeduplication", "true", "false"},
     {"DeduplicationScope", "queue", "messageGroup"},
     {"FifoThroughputLimit", "perQueue", "perMessageGroupId"}}};

// SQS takes "True", as Python writes it, and shows "true".
std::string Normal(std::string_view name, const std::string& value) {
  const bool boolean =
      name == "FifoQueue" || name == "ContentBasedDeduplication" || name == "SqsManagedSseEnabled";
  return boolean ? LowerAscii(value) : value;
}

Outcome<> CheckText(std::string_view name, std::string_view value) {
  for (const Choice& choice : kChoices) {
    if (choice.name == name && value != choice.one && value != choice.other) {
      return InvalidAttributeValue(name);
    }
  }
  if (name == kKeyReuse && !value.empty()) {
    const std::optional<int> n = ParseInt(value);
    if (!n || *n < 60 || *n > 86400) return InvalidAttributeValue(name);
  }
  if (name == "FifoQueue" && value != "true") {
    return InvalidAttributeValue(name, "Modifying queue type is not supported.");
  }
  if (name == "RedriveAllowPolicy" && !value.empty()) {
    simdjson::dom::parser parser;
    const auto policy = parser.parse(value.data(), value.size());
    std::string_view who;
    if (!policy.is_object() || policy["redrivePermission"].get(who) != simdjson::SUCCESS ||
        (who != "allowAll" && who != "denyAll" && who != "byQueue")) {
      return InvalidAttributeValue(name);
    }
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

namespace {
// SQS shows maxReceiveCount as a number, however it was given.
std::string WithNumber(const std::string& policy, const Redrive& redrive) {
  simdjson::dom::parser parser;
  if (!parser.parse(policy)["maxReceiveCount"].is_string()) return policy;
  return fmt::format(R"({{"deadLetterTargetArn":{},"maxReceiveCount":{}}})",
                     JsonString(redrive.target_arn), redrive.max_receives);
}
}  // namespace

Settings::Settings(bool fifo) : fifo_(fifo) {
  if (!fifo) return;
  texts_["FifoQueue"] = "true";
  texts_["ContentBasedDeduplication"] = "false";
  texts_["DeduplicationScope"] = "queue";
  texts_["FifoThroughputLimit"] = "perQueue";
}

Rules Settings::rules() const {
  return {.fifo = fifo_,
          .deduplicates_content = fifo_ && Text("ContentBasedDeduplication") == "true",
          .max_size = max_size()};
}

bool Settings::LetsIn(std::string_view source_arn) const {
  const std::string_view text = Text("RedriveAllowPolicy");
  if (text.empty()) return true;
  simdjson::dom::parser parser;
  const auto policy = parser.parse(text.data(), text.size());
  std::string_view who;
  if (policy["redrivePermission"].get(who) != simdjson::SUCCESS || who == "allowAll") return true;
  simdjson::dom::array arns;
  if (who == "denyAll" || policy["sourceQueueArns"].get(arns) != simdjson::SUCCESS) return false;
  return std::any_of(arns.begin(), arns.end(), [&](simdjson::dom::element arn) {
    std::string_view listed;
    return arn.get(listed) == simdjson::SUCCESS && listed == source_arn;
  });
}

bool Settings::IsKnown(std::string_view name) {
  return FindRange(name) != nullptr || IsFifoText(name) ||
         std::find(kTexts.begin(), kTexts.end(), name) != kTexts.end();
}

Outcome<> Settings::CheckName(std::string_view name) const {
  if (IsKnown(name) && (fifo_ || !IsFifoText(name))) return Unit{};
  if (name == "DeduplicationScope" || name == "FifoThroughputLimit") {
    return InvalidAttributeName(
        fmt::format("You can specify the {} only when FifoQueue is set to true.", name));
  }
  return InvalidAttributeName(fmt::format("Unknown Attribute {}.", name));
}

std::string_view Settings::Text(const std::string& name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? std::string_view() : found->second;
}

int Settings::Number(std::string_view name) const {
  return numbers_[static_cast<std::size_t>(FindRange(name) - kRanges.data())];
}

Outcome<> Settings::Set(const std::string& name, const std::string& value) {
  OR_FAIL(CheckName(name));
  if (const Range* range = FindRange(name)) {
    const std::optional<int> n = ParseInt(value);
    if (!n || *n < range->min || *n > range->max) return InvalidAttributeValue(name);
    numbers_[static_cast<std::size_t>(range - kRanges.data())] = *n;
    return Unit{};
  }
  OR_FAIL(CheckText(name, value));
  texts_[name] = value;
  if (name == "RedrivePolicy") {
    redrive_ = OR_FAIL(ParseRedrivePolicy(value));
    if (redrive_) texts_[name] = WithNumber(value, *redrive_);
  }
  if (name == "KmsMasterKeyId" && !value.empty()) texts_["SqsManagedSseEnabled"] = "false";
  const bool unset = value.empty() || (name == "RedrivePolicy" && !redrive_) ||
                     (name == kKeyReuse && value == kDefaultKeyReuse);
  if (unset) texts_.erase(name);
  return Unit{};
}

// What one attribute allows of another.
Outcome<> Settings::CheckWhole(const Attributes& changes) const {
  const auto managed = changes.find("SqsManagedSseEnabled");
  if (managed != changes.end() && Text("SqsManagedSseEnabled") == "true" &&
      !Text("KmsMasterKeyId").empty()) {
    return InvalidAttributeName(
        "You can use one type of server-side encryption (SSE) at one time. You can either enable "
        "KMS SSE or SQS SSE.");
  }
  if (Text("FifoThroughputLimit") == "perMessageGroupId" && !deduplicates_by_group()) {
    return InvalidAttributeValue(
        "FifoThroughputLimit",
        "The perMessageGroupId value is allowed only when the value for DeduplicationScope is "
        "messageGroup.");
  }
  return Unit{};
}

Attributes Settings::Trimmed(const Attributes& attributes) {
  Attributes trimmed;
  for (const auto& [name, value] : attributes) trimmed[std::string(TrimAscii(name))] = value;
  return trimmed;
}

Outcome<> Settings::Apply(const Attributes& changes) {
  Settings next = *this;
  for (const auto& [name, value] : changes) OR_FAIL(next.Set(name, Normal(name, value)));
  OR_FAIL(next.CheckWhole(changes));
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
