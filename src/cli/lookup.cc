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
#include "cli/maskers.h"
#include "cli/text_table.h"
#include "cli/vault_access.h"
#include "cli/when.h"
#include "cli/wiring.h"
#include "crypto/secret_bytes.h"
#include "masking/legacy_sha256.h"
#include "masking/token_mask.h"
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

bool IsLookedUp(Mask mask) { return IsToken(mask) || mask == Mask::kLegacySha256; }

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

Result<std::string> DomainFor(const ColumnRule& rule, const std::string& month) {
  if (!HasMonth(rule.mask->domain)) return rule.mask->domain;
  if (month.size() == 7 && ParseWhen(month + "-01", {})) return DomainOf(rule.mask->domain, month);
  return ConfigError(fmt::format("the tokens of {} change with the month", rule.column),
                     "say of which: --month 2026-01");
}

Result<masking::TokenMask> MakeMask(const keys::KeyRing::Key& key, const ColumnRule& rule,
                                    const std::string& month) {
  const std::string domain = TRY(DomainFor(rule, month));
  masking::TokenMask::Options options;
  options.kid = key.kid;
  options.form = FormOf(*rule.mask);
  options.bits = rule.mask->bits;
  const bool siv = rule.mask->mask == Mask::kAesSiv;
  options.scheme = siv ? masking::Scheme::kS1 : masking::Scheme::kH1;
  const auto sub_key = [&](const masking::Form& form) {
    return keys::KeyRing::SubKeyOf(key, masking::SchemeName(options.scheme), domain,
                                   masking::FormName(form), siv ? 64 : 32);
  };
  options.keys.key = TRY(sub_key(options.form));
  if (rule.mask->on_invalid == OnInvalid::kRaw) {
    options.keys.raw_key = TRY(sub_key(masking::Form::kRaw1));
  }
  options.keys.domain = domain;
  return masking::TokenMask::Make(std::move(options));
}

// Appends what `values` are in a column; a value that is none of it is told by its line alone.
template <class Masker>
Result<> Append(Masker& masker, const std::vector<std::string>& values, Found found,
                std::vector<Found>& all) {
  for (found.line = 1; found.line <= values.size(); ++found.line) {
    const masking::Masked masked = masker(values[found.line - 1]);
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
    if (rule->mask->mask == Mask::kLegacySha256) {
      masking::LegacySha256 legacy(rule->mask->suffix);
      const auto mask = [&legacy](std::string_view value) { return legacy.Mask(value); };
      TRY(Append(mask, values, {0, rule, "", false, ""}, all));
      continue;
    }
    for (const keys::KeyRing::Key& key : ring.keys()) {
      if (key.status != keys::KeyStatus::kEnabled) continue;
      masking::TokenMask token = TRY(MakeMask(key, *rule, month));
      const auto mask = [&token](std::string_view value) { return token.Mask(value, 0); };
      const bool primary = key.kid == ring.primary().kid;
      TRY(Append(mask, values, {0, rule, key.kid, primary, ""}, all));
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
Result<> Record(const config::Config& config, const std::string& reason, std::size_t count,
                const std::vector<Found>& all, Blame& blame) {
  std::vector<std::optional<std::string_view>> tokens(count);
  for (const Found& found : all) {
    std::optional<std::string_view>& token = tokens[found.line - 1];
    if (found.primary && !token) token = found.token;
  }
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
  TRY(Record(config, reason, values.size(), *all, context.blame));
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
