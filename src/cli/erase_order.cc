#include "cli/erase_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "cli/maskers.h"
#include "cli/subject.h"
#include "masking/by_month.h"

namespace bauta::cli {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kSqsDays = 14;  // The longest that SQS keeps a message.

// One value, one output; so rows of others never have it.
bool TellsApart(const MaskRule& mask) {
  if (IsToken(mask.mask)) return mask.canonical != Canonical::kIpPrefix && mask.bits >= 128;
  return IsIpcrypt(mask.mask) || mask.mask == Mask::kLegacySha256;
}

bool SameField(const ColumnRule& a, const ColumnRule& b) {
  return a.origin == b.origin && a.from == b.from;
}

bool SameTokens(const MaskRule& a, const MaskRule& b) {
  return IsToken(a.mask) && a.mask == b.mask && a.domain == b.domain &&
         a.canonical == b.canonical && a.bits == b.bits;
}

std::string CastOf(const TableSchema& table, const std::string& name) {
  const Column* const column = table.Find(name);
  if (column == nullptr) return {};
  switch (column->type) {
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kUuid:
    case ColumnType::kInet:
    case ColumnType::kCidr:
      return column->type_name;
    default:
      return {};
  }
}

// The months of which tokens can be in the table: since long before the key was made.
struct Months {
  int first, last;
  int still_coming;  // From here on messages may still arrive.
};

Months MonthsOf(const config::Config& config, const keys::KeyRing::Key& key, std::int64_t now_ms) {
  const int now = masking::MonthOf(now_ms);
  return {FirstMonthOf(key, now), now + 1, masking::MonthOf(now_ms - DaysOfWay(config) * kDayMs)};
}

// A moment in that month, wherever on earth.
std::int64_t MomentIn(int month) {
  const auto first = std::chrono::year_month(std::chrono::year(1970), std::chrono::January) +
                     std::chrono::months(month);
  const std::chrono::sys_days day(first / 2);
  return std::chrono::milliseconds(day.time_since_epoch()).count();
}

struct Outputs {
  std::vector<std::string> coming, old;  // Of a mask without months all are `coming`.
};

// A host may lag behind: a key that is DISABLED here may make tokens elsewhere.  Addresses that a
// mask makes don't say by which key, and may be somebody else's under another.
bool MayHaveMade(const keys::KeyRing::Key& key, Mask mask) {
  return key.status == keys::KeyStatus::kEnabled ||
         (key.status == keys::KeyStatus::kDisabled && IsToken(mask));
}

// What the value is in a column, under every key that may have made it; empty if its mask takes no
// such value.
Result<Outputs> OutputsOf(const config::Config& config, const keys::KeyRing& ring,
                          const ColumnRule& rule, const std::string& value, std::int64_t now_ms) {
  Outputs outputs;
  const bool keyed = IsToken(rule.mask->mask) || IsIpcrypt(rule.mask->mask);
  for (const keys::KeyRing::Key& key : ring.keys()) {
    if (!MayHaveMade(key, rule.mask->mask)) continue;
    std::optional<masking::ColumnMasker> masker = TRY(MakeMasker(key, rule.mask));
    if (!masker) break;
    const bool monthly = keyed && HasMonth(rule.mask->domain);
    const Months months = monthly ? MonthsOf(config, key, now_ms) : Months{0, 0, 0};
    for (int month = months.first; month <= months.last; ++month) {
      const masking::Masked masked = masker->Mask(value, MomentIn(month));
      if (masked.text.empty()) return Outputs();
      const bool coming = month >= months.still_coming;
      (coming ? outputs.coming : outputs.old).emplace_back(masked.text);
    }
    if (!keyed) break;
  }
  return outputs;
}

Result<> AddValue(vault::EraseOrder& order, const config::Config& config, const keys::KeyRing& ring,
                  const Whom& whom, std::int64_t now_ms) {
  const ColumnRule& named = *TRY(ColumnOf(config, whom.column));
  std::size_t next = 0;
  for (const ColumnRule& rule : config.mapping.columns) {
    if (!rule.mask || IsBlind(rule.mask->mask)) continue;
    vault::EraseOrder::Column& column = order.columns[next++];
    const bool alike = SameField(rule, named) && TellsApart(*rule.mask);
    if (&rule != &named && !alike && !SameTokens(*rule.mask, *named.mask)) continue;
    Outputs outputs = TRY(OutputsOf(config, ring, rule, whom.text, now_ms));
    if (&rule == &named && outputs.coming.empty()) {
      return Rejected(fmt::format("that is no value of column {}", rule.column),
                      "it has the form that the column's `canonical` asks for");
    }
    column.values = outputs.coming;
    column.values.insert(column.values.end(), outputs.old.begin(), outputs.old.end());
    if (&rule == &named) {
      order.marks = std::move(outputs.coming);
      order.more_tokens.insert(order.more_tokens.end(), outputs.old.begin(), outputs.old.end());
    } else if (column.token && !SameTokens(*rule.mask, *named.mask)) {
      order.more_tokens.insert(order.more_tokens.end(), column.values.begin(), column.values.end());
    }
  }
  return Ok();
}

// As the server writes it: "007" is 7 in a column of numbers.
Result<std::string> AsInColumn(pg::Connection& connection, const std::string& type,
                               const std::string& text) {
  if (type.empty()) return text;
  const Result<pg::Rows> rows =
      connection.Exec(fmt::format("SELECT $1::text::{}::text", type), pg::Params().Text(text));
  if (rows.ok()) return rows->String(0, 0);
  if (!connection.last_failure().InClass("22")) return rows.error();
  return Rejected(fmt::format("that is no {}, which the subject's column holds", type));
}

Result<> AddPerson(vault::EraseOrder& order, const config::Config& config,
                   const keys::KeyRing& ring, const TableSchema& table, pg::Connection& connection,
                   const Whom& whom, std::int64_t now_ms) {
  const ColumnRule& subject = *TRY(ColumnOf(config, ""));
  order.subject_column = pg::QuoteName(subject.column);
  if (config.mapping.unknown_fields == UnknownFields::kColumn) {
    order.rest_column = pg::QuoteName(config.mapping.rest_column);
  }
  if (subject.mask) {
    order.marks = TRY(OutputsOf(config, ring, subject, whom.text, now_ms)).coming;
    if (!order.marks.empty()) return Ok();
    return Rejected(fmt::format("that is no value of column {}", subject.column));
  }
  order.subject_type = CastOf(table, subject.column);
  order.person = TRY(AsInColumn(connection, order.subject_type, whom.text));
  order.marks = TRY(SubjectTokens(ring, *order.person));
  return Ok();
}

}  // namespace

std::int64_t DaysOfWay(const config::Config& config) {
  return config.target.retention_days + config.quarantine.retention_days + 2 * kSqsDays;
}

Result<const ColumnRule*> ColumnOf(const config::Config& config, const std::string& column) {
  const ColumnRule* const rule = FindRule(config, column.empty() ? config.subject : column);
  if (column.empty() && rule != nullptr) return rule;
  if (column.empty()) {
    return ConfigError("no column says whose an event is",
                       "set subject: user_id for a person; or give --column for a value");
  }
  if (rule == nullptr || !rule->mask || !IsToken(rule->mask->mask)) {
    return ConfigError(fmt::format("--column: {} is no column with tokens", column),
                       "name one that the config masks with hmac-sha256 or aes-siv; for a person "
                       "leave it out");
  }
  if (TellsApart(*rule->mask)) return rule;
  return ConfigError(
      fmt::format("--column: a token in {} stands for more than one value", column),
      "name a column of the whole address, or of 128 bits; for a person leave it out");
}

Result<vault::EraseOrder> MakeOrder(const config::Config& config, const keys::KeyRing& ring,
                                    const TableSchema& table, pg::Connection& connection,
                                    const Whom& whom, std::int64_t now_ms) {
  vault::EraseOrder order;
  const auto& rules = config.mapping.columns;
  for (const ColumnRule& rule : rules) {
    if (!rule.mask || IsBlind(rule.mask->mask)) continue;
    const auto first = std::ranges::find_if(
        rules, [&](const ColumnRule& other) { return SameField(other, rule); });
    order.columns.push_back({.name = pg::QuoteName(rule.column),
                             .type = CastOf(table, rule.column),
                             .field = static_cast<std::size_t>(first - rules.begin()),
                             .token = IsToken(rule.mask->mask)});
  }
  if (whom.column.empty()) {
    TRY(AddPerson(order, config, ring, table, connection, whom, now_ms));
  } else {
    TRY(AddValue(order, config, ring, whom, now_ms));
  }
  return order;
}

}  // namespace bauta::cli
