#include "mapping/leak_guard.h"

#include <algorithm>
#include <variant>

#include "base/text.h"
#include "mapping/looks_like.h"
#include "mapping/read_value.h"

namespace bauta::mapping {
namespace {

// What is shorter may be equal by chance: a country, a flag, a small number.
constexpr std::size_t kShortestOriginal = 6;
// So many that an id's check digit is no chance any more.
constexpr std::uint32_t kManyCards = 4;

constexpr std::string_view kEqualsMasked = "a value that another column masks";

bool IsScanned(const Value& value) {
  return value.kind == Value::Kind::kText || value.kind == Value::Kind::kJson ||
         value.kind == Value::Kind::kTextArray;
}

// A host's, not a network's.
bool IsHost(const Value& value) {
  if (value.kind != Value::Kind::kInet || value.text.empty()) return false;
  const auto bits = static_cast<unsigned char>(value.text.back());
  return bits == 8 * (value.text.size() - 1);
}

// A JSON string's value stands in quotes there, and a text array's without.
bool Holds(std::string_view text, std::string_view original, bool json) {
  for (std::size_t at = text.find(original); at != std::string_view::npos;
       at = text.find(original, at + 1)) {
    if (!json) return true;
    const std::size_t end = at + original.size();
    if (at > 0 && text[at - 1] == '"' && end < text.size() && text[end] == '"') return true;
  }
  return false;
}

}  // namespace

LeakGuard::LeakGuard(const MappingRules& rules) {
  const auto add = [this](std::size_t index, std::string_view column, OnLeak on_leak, bool rest) {
    if (on_leak == OnLeak::kIgnore) return;
    const bool refuses = on_leak == OnLeak::kQuarantine;
    refuses_ = refuses_ || refuses;
    clear_.push_back({index, column, refuses, rest});
  };
  for (std::size_t i = 0; i < rules.columns.size(); ++i) {
    const ColumnRule& rule = rules.columns[i];
    const bool constant = rule.origin == Origin::kPointer && rule.from.empty();
    if (rule.mask) masked_.push_back(i);
    if (!rule.mask && !constant) {
      add(i, rule.column, rule.on_leak.value_or(rules.on_leak), false);
    }
  }
  if (rules.unknown_fields == UnknownFields::kColumn) {
    add(rules.columns.size(), rules.rest_column, rules.on_leak, true);
  }
}

// Does not depend on what is in the event, so that a flood of leaks costs no more.
bool LeakGuard::IsDue() {
  ++events_;
  return events_ <= kAll || events_ % kOneIn == 0;
}

void LeakGuard::CollectMasked(const EventReader& reader, Arena& arena) {
  originals_.clear();
  for (const std::size_t i : masked_) {
    const Found& found = reader.found(i);
    if (found.state != Found::State::kFound || found.json.kind != Json::Kind::kString) continue;
    const auto decoded = Decode(found.json, arena);
    const auto* const text = std::get_if<Text>(&decoded);
    if (text == nullptr) continue;
    const std::string_view original = TrimAscii(text->text);
    if (original.size() >= kShortestOriginal) originals_.push_back(original);
  }
}

std::span<const LeakGuard::Finding> LeakGuard::Look(std::span<const Value> values,
                                                    const EventReader& reader, Arena& arena) {
  findings_.clear();
  const bool due = IsDue();
  if (clear_.empty() || (!due && !refuses_)) return {};
  CollectMasked(reader, arena);
  for (Clear& clear : clear_) {
    if (!due && !clear.refuses) continue;
    // A default is the config's, not the event's.
    if (!clear.is_rest && reader.found(clear.index).state != Found::State::kFound) continue;
    const std::string_view looks_like = LookAt(clear, values[clear.index]);
    if (looks_like.empty()) continue;
    if (clear.refuses) findings_.clear();
    findings_.push_back({clear.column, looks_like, clear.refuses});
    if (clear.refuses) break;
  }
  return findings_;
}

// Empty: like nothing.
std::string_view LeakGuard::LookAt(Clear& clear, const Value& value) {
  if (IsHost(value)) return Name(LooksLike::kAddress);
  if (!IsScanned(value)) return {};
  if (EqualsMasked(value)) return kEqualsMasked;
  const LooksLike what = Inspect(value.text);
  if (what == LooksLike::kLongNumber) ++clear.others;
  if (what != LooksLike::kBareCard || clear.refuses) return Name(what);
  ++clear.cards;
  return clear.cards >= kManyCards && clear.cards > clear.others ? Name(what) : std::string_view();
}

bool LeakGuard::EqualsMasked(const Value& value) const {
  return std::ranges::any_of(originals_, [&](std::string_view original) {
    if (value.kind == Value::Kind::kText) return TrimAscii(value.text) == original;
    return Holds(value.text, original, value.kind == Value::Kind::kJson);
  });
}

}  // namespace bauta::mapping
