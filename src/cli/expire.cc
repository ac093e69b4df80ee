// `bauta expire`: retention, for a timer.
#include "vault/expire.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/text.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/vault_access.h"
#include "cli/wiring.h"
#include "config/codes.h"

namespace bauta::cli {
namespace {

using vault::ExpireCounts;
using vault::ExpireMode;

struct ExpireFlags {
  std::string why;
  bool dry_run = false, only_ours = false;

  ExpireMode mode() const { return dry_run ? ExpireMode::kDryRun : ExpireMode::kReal; }
};

Result<ExpireCounts> Execute(Context& context, const vault::ErasePlaces& places,
                             const std::string& reason, ExpireMode mode) {
  std::atomic<std::uint64_t> looked_at = 0;
  std::optional<Progress> shown;
  if (!context.quiet) {
    shown.emplace(context.Interactive(), [&looked_at] {
      return fmt::format("expiring  {} originals looked at", WithCommas(looked_at));
    });
  }
  return vault::ExpireVault(places, reason, mode, [&looked_at](const ExpireCounts& counts) {
    looked_at = counts.looked_at;
  });
}

void Print(const Context& context, const ExpireCounts& counts, std::uint64_t bodies, bool dry_run) {
  if (context.json) {
    fmt::print(
        R"({{"dry_run":{},"vault":{{"looked_at":{},"gone":{}}},"quarantine":{{"emptied":{}}}}})"
        "\n",
        dry_run, counts.looked_at, counts.gone, bodies);
    return;
  }
  fmt::print("{}{} of {} originals gone, that no row had a token of; {} bodies of the quarantine\n",
             dry_run ? "(dry run, nothing changed) " : "", WithCommas(counts.gone),
             WithCommas(counts.looked_at), WithCommas(bodies));
}

Result<> Run(Context& context, const config::Config& config, const ExpireFlags& flags) {
  Blame& blame = context.blame;
  const std::string reason = TRY(CheckReason(flags.why, 460));
  if (config.vault.url && !flags.only_ours) {
    return blame.On(config::codes::kVault, "vault.url",
                    Result<>(ConfigError(
                        "rows of another database may have tokens of this vault, which cannot be "
                        "seen from here",
                        "if there is none: bauta expire --only-ours")));
  }
  std::optional<pg::Connection> apart;
  if (config.vault.url) apart.emplace(TRY(OpenDesk(config, blame, vault::CheckExpirer)));
  pg::Connection rows = TRY(apart ? Connect(config, blame, "bauta expire")
                                  : OpenDesk(config, blame, vault::CheckExpirer));
  const vault::ErasePlaces places{
      rows, apart ? &*apart : nullptr,
      apart && TRY(blame.On(config::codes::kPrivilege, paths::kUrl, vault::AliasesWithRows(rows)))};
  const ExpireCounts counts = TRY(Execute(context, places, reason, flags.mode()));
  const std::uint64_t bodies = TRY(vault::ExpireBodies(rows, flags.mode()));
  Print(context, counts, bodies, flags.dry_run);
  return Ok();
}

}  // namespace

void AddExpire(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand(
      "expire", "Retention, for a timer: originals that no row has a token of, stale bodies");
  const auto flags = std::make_shared<ExpireFlags>();
  command
      ->add_option("--reason", flags->why, "Why, in 8 to 460 characters: it is kept in the audit")
      ->required();
  command->add_flag("--only-ours", flags->only_ours,
                    "With vault.url: no other database's rows have tokens of that vault");
  command->add_flag("--dry-run", flags->dry_run, "Say what would go, change nothing");
  command->callback([&context, flags] {
    context.WithConfig([&](const config::Config& config) { return Run(context, config, *flags); });
  });
}

}  // namespace bauta::cli
