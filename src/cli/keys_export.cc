// `bauta keys export`: the keys of one column, for another program that makes the same tokens.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/text.h"
#include "cli/clear_output.h"
#include "cli/command.h"
#include "cli/keys_verbs.h"
#include "cli/maskers.h"
#include "cli/vault_access.h"
#include "cli/when.h"
#include "cli/wiring.h"

namespace bauta::cli {
namespace {

struct ExportFlags {
  std::string column, month, out, why;
};

Result<const ColumnRule*> FindColumn(const config::Config& config, const std::string& name) {
  const auto& rules = config.mapping.columns;
  const auto found = std::ranges::find(rules, name, &ColumnRule::column);
  const bool keyed = found != rules.end() && found->mask &&
                     (IsToken(found->mask->mask) || IsIpcrypt(found->mask->mask));
  if (keyed) return &*found;
  return ConfigError(fmt::format("--column: {} is no column with a keyed mask", name));
}

Result<std::string> DomainFor(const ColumnRule& rule, const std::string& month) {
  if (!HasMonth(rule.mask->domain)) return rule.mask->domain;
  if (month.size() == 7 && ParseWhen(month + "-01", {})) return DomainOf(rule.mask->domain, month);
  return ConfigError(fmt::format("the keys of {} change with the month", rule.column),
                     "say of which: --month 2026-01");
}

// One line a key.  The caller wipes it.
Result<std::string> Text(const keys::KeyRing& ring, const ColumnRule& rule,
                         const std::string& domain) {
  const masking::Form form = FormOf(*rule.mask);
  std::string text;
  text.reserve(ring.keys().size() * 1024);  // No copies of keys.
  for (const keys::KeyRing::Key& key : ring.keys()) {
    if (key.status != keys::KeyStatus::kEnabled) continue;
    const crypto::SecretBytes sub = TRY(SubKeyFor(key, rule.mask->mask, domain, form));
    std::string hex = HexEncode(AsText(sub.bytes()));
    text += fmt::format(
        R"({{"kid":"{}","primary":{},"column":{},"mask":"{}","domain":{},"canonical":"{}","bits":{},"key":")",
        key.kid, key.kid == ring.primary().kid, JsonString(rule.column), MaskName(rule.mask->mask),
        JsonString(domain), masking::FormName(form),
        rule.mask->mask == Mask::kHmacSha256 ? rule.mask->bits : 0);
    text.append(hex).append("\"}\n");
    crypto::Wipe(hex);
  }
  return text;
}

Result<> Export(Context& context, const config::Config& config, const ExportFlags& flags) {
  const std::string reason = TRY(CheckReason(flags.why));
  TRY(CheckClearOutput(flags.out));
  const ColumnRule* const rule = TRY(FindColumn(config, flags.column));
  const std::string domain = TRY(DomainFor(*rule, flags.month));
  const keys::KeyRing ring = TRY(LoadKeyRing(config, context.blame));
  std::string text = TRY(Text(ring, *rule, domain));
  const Result<> recorded =
      RecordAccess(config, context.blame, "keys.export", reason, rule->column.substr(0, 30));
  if (!recorded.ok()) {
    crypto::Wipe(text);
    return recorded;
  }
  TRY(WriteClearOutput(flags.out, std::move(text)));
  if (!context.quiet) {
    fmt::print(stderr, "{}: whoever reads it can make the tokens of {} from guesses\n", flags.out,
               rule->column);
  }
  return Ok();
}

}  // namespace

void AddKeysExport(CLI::App& keys_app, Context& context) {
  const auto flags = std::make_shared<ExportFlags>();
  CLI::App* const app = keys_app.add_subcommand(
      "export", "The derived keys of one column, for another program that makes its tokens");
  app->add_option("--column", flags->column, "Which masked column")->required();
  app->add_option("--month", flags->month, "Of a domain that changes with the month: 2026-01");
  app->add_option("--out", flags->out, "Write to this new file (0600)")
      ->type_name("FILE")
      ->required();
  app->add_option("--reason", flags->why, "Why, in 8 to 460 characters: it is kept in the audit")
      ->required();
  app->callback([flags, &context] {
    context.WithConfig(
        [&](const config::Config& config) { return Export(context, config, *flags); });
  });
}

}  // namespace bauta::cli
