// `bauta lookup`: the tokens of a value, for those who may.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/command.h"
#include "cli/key_opener.h"
#include "cli/maskers.h"
#include "cli/text_table.h"
#include "cli/vault_access.h"
#include "cli/wiring.h"
#include "crypto/secret_bytes.h"
#include "masking/column_masker.h"
#include "vault/audited.h"

namespace bauta::cli {
namespace {

struct LookupFlags {
  std::string column, month, why;
};

constexpr std::size_t kMostValues = 60;  // What the audit lets through in a minute.

// What a value is in one column, under one key.
struct Found {
  std::size_t line;
  const ColumnRule* rule;
  std::string kid;  // Empty: its mask has no key.
  bool primary;
  std::string token;
};

bool IsLookedUp(Mask mask) {
  return IsToken(mask) || IsIpcrypt(mask) || mask == Mask::kLegacySha256;
}

// The column, and all others that are filled from the same field, as far as they have tokens.
Result<std::vector<const ColumnRule*>> ColumnsOf(const config::Config& config,
                                                 const std::string& name) {
  const auto& rules = config.mapping.columns;
  const auto named = std::ranges::find(rules, name, &ColumnRule::column);
  if (named == rules.end() || !named->mask || !IsLookedUp(named->mask->mask)) {
    std::string known;
    for (const ColumnRule& rule : rules) {
      if (rule.mask && IsLookedUp(rule.mask->mask))
        known += (known.empty() ? "" : ", ") + rule.column;
    }
    return ConfigError(fmt::format("--column: {} is no column of tokens", name),
                       known.empty() ? "the config has none" : "those are: " + known);
  }
  std::vector<const ColumnRule*> columns;
  for (const ColumnRule& rule : rules) {
    const bool same = rule.origin == named->origin && rule.from == named->from;
    if (same && rule.mask && IsLookedUp(rule.mask->mask)) columns.push_back(&rule);
  }
  return columns;
}

// Appends what `values` are in a column; a value that is none of it is told by its line alone.
Result<> Append(masking::ColumnMasker& masker, std::int64_t moment,
                const std::vector<std::string>& values, Found found, std::vector<Found>& all) {
  for (found.line = 1; found.line <= values.size(); ++found.line) {
    const masking::Masked masked = masker.Mask(values[found.line - 1], moment);
    if (masked.text.empty()) {
      return ConfigError(
          fmt::format("value {}: the mask of {} does not take it", found.line, found.rule->column),
          "it wants the form that the column's canonical names");
    }
    found.token = masked.text;
    all.push_back(found);
  }
  return Ok();
}

Result<std::vector<Found>> Compute(const keys::KeyRing& ring,
                                   const std::vector<const ColumnRule*>& columns,
                                   const std::vector<std::string>& values,
                                   const std::string& month) {
  std::vector<Found> all;
  for (const ColumnRule* const rule : columns) {
    const std::int64_t moment = TRY(MomentFor(*rule, month));
    for (const keys::KeyRing::Key& key : ring.keys()) {
      const bool primary = key.kid == ring.primary().kid;
      if (key.status != keys::KeyStatus::kEnabled) continue;
      // An address has no room for a key id: one key alone fills its column.  A hash has no key.
      if (!IsToken(rule->mask->mask) && !primary) continue;
      std::optional<masking::ColumnMasker> masker = TRY(MakeMasker(key, rule->mask));
      if (!masker) continue;
      const bool keyed = rule->mask->mask != Mask::kLegacySha256;
      TRY(Append(*masker, moment, values, {0, rule, keyed ? key.kid : "", keyed && primary, ""},
                 all));
    }
  }
  std::ranges::stable_sort(all, {}, &Found::line);
  return all;
}

// One a line.  A typed value is seen on the terminal, where it may be.
Result<std::vector<std::string>> ReadValues(const Context& context) {
  const bool terminal = isatty(STDIN_FILENO) != 0;
  if (terminal && context.no_input)
    return ConfigError("there is no value to look up", "pipe it to standard input");
  if (terminal) fmt::print(stderr, "value: ");
  std::vector<std::string> values;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!TrimAscii(line).empty()) values.push_back(line);
    if (terminal) break;
  }
  if (values.empty()) return ConfigError("standard input: holds no value", "one a line");
  if (values.size() <= kMostValues) return values;
  return ConfigError(fmt::format("standard input: {} values", values.size()),
                     fmt::format("a user may look up {} in a minute", kMostValues));
}

// About each value the token that it has now, or none where no column has a key.
Result<> Record(const config::Config& config, const keys::KeyRing& ring, const std::string& reason,
                std::size_t count, const std::vector<Found>& all, Blame& blame) {
  std::vector<std::optional<std::string>> marks(count);
  for (const Found& found : all) {
    std::optional<std::string>& mark = marks[found.line - 1];
    if (!found.primary || mark) continue;
    const bool token = IsToken(found.rule->mask->mask);
    mark = token ? found.token : TRY(AuditToken(ring.primary(), found.token));
  }
  const std::vector<std::optional<std::string_view>> tokens(marks.begin(), marks.end());
  pg::Connection connection = TRY(OpenDesk(
      config, blame, [](pg::Connection& c) { return vault::CheckLogger(c, "pii_reveal"); }));
  return vault::LogAccess(connection, "lookup", tokens, reason);
}

void Print(bool json, const std::vector<Found>& all) {
  std::vector<std::vector<std::string>> rows;
  for (const Found& found : all) {
    const std::string mask(MaskName(found.rule->mask->mask));
    if (json) {
      fmt::print(R"({{"line":{},"column":{},"mask":{},"kid":{},"primary":{},"token":{}}})"
                 "\n",
                 found.line, JsonString(found.rule->column), JsonString(mask),
                 found.kid.empty() ? "null" : JsonString(found.kid), found.primary,
                 JsonString(found.token));
    } else {
      rows.push_back({std::to_string(found.line), found.rule->column, found.kid, found.token});
    }
  }
  if (!json)
    fmt::print("{}", TextTable({{"value", true}, {"column"}, {"key"}, {"token"}}, rows, 0));
}

Result<> Lookup(Context& context, const config::Config& config, const LookupFlags& flags) {
  const std::string reason = TRY(CheckReason(flags.why));
  const std::vector<const ColumnRule*> columns = TRY(ColumnsOf(config, flags.column));
  const keys::KeyRing ring = TRY(LoadKeyRing(config, context.blame));
  std::vector<std::string> values = TRY(ReadValues(context));
  const Result<std::vector<Found>> all = Compute(ring, columns, values, flags.month);
  for (std::string& value : values) crypto::Wipe(value);
  if (!all.ok()) return all.error();
  TRY(Record(config, ring, reason, values.size(), *all, context.blame));
  Print(context.json, *all);
  return Ok();
}

}  // namespace

void AddLookup(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand(
      "lookup", "The tokens of values from standard input, one a line, for those who may");
  const auto flags = std::make_shared<LookupFlags>();
  command->add_option("--column", flags->column, "The column of tokens in which to look for it")
      ->required();
  command->add_option("--month", flags->month, "Of a domain that changes with the month: 2026-01");
  command
      ->add_option("--reason", flags->why, "Why, in 8 to 500 characters: it is kept in the audit")
      ->required();
  command->callback([flags, &context] {
    context.WithConfig(
        [&](const config::Config& config) { return Lookup(context, config, *flags); });
  });
}

}  // namespace bauta::cli
