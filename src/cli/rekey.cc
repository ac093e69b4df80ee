// `bauta rekey`: old tokens to the new key; sealed originals to a new recipient.
#include "vault/rekey.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/command.h"
#include "cli/identity.h"
#include "cli/maskers.h"
#include "cli/rekey_work.h"
#include "cli/rotation.h"
#include "cli/signals.h"
#include "cli/vault_access.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "sinks/postgres_sink.h"
#include "vault/audited.h"

namespace bauta::cli {
namespace {

constexpr int kOriginals = 1000, kPages = 64, kDeletes = 20'000;  // In a transaction.
constexpr int kPasses = 5;

Result<std::string> OldKey(const keys::KeyRing& ring, const std::string& from) {
  std::string found = from;
  for (const keys::KeyRing::Key& key : ring.keys()) {
    const bool other = key.kid != ring.primary().kid;
    if (from.empty() && other && key.status == keys::KeyStatus::kEnabled) found = key.kid;
  }
  if (found.empty()) {
    return ConfigError(
        fmt::format("no key is ENABLED beside the primary {}: nothing is to be moved",
                    ring.primary().kid),
        "`bauta keys rotate` comes first; the tokens of a key that was retired: "
        "--from KID");
  }
  const keys::KeyRing::Key* const key = ring.Find(found);
  if (key != nullptr && key->status != keys::KeyStatus::kDestroyed && key != &ring.primary()) {
    return found;
  }
  return ConfigError(
      fmt::format("--from {}: is no key whose tokens can be moved", found),
      "`bauta keys list` shows the keys; not the primary, and none that is destroyed");
}

Result<vault::RowMover::Options> RowsOf(const config::Config& config, const keys::KeyRing& ring,
                                        const TableSchema& table, const std::string& from) {
  vault::RowMover::Options rows;
  rows.table = pg::QuoteName(table.schema) + "." + pg::QuoteName(table.name);
  rows.from = from;
  for (const ColumnRule& rule : config.mapping.columns) {
    if (!rule.mask || !HasAliases(*rule.mask)) continue;
    rows.columns.push_back(rule.column);
    if (rule.mask->mask != Mask::kAesSiv || HasMonth(rule.mask->domain)) continue;
    masking::SivOpener opener = TRY(MakeSivOpener(*ring.Find(from), *rule.mask));
    masking::TokenMask mask = TRY(MakeTokenMask(ring.primary(), *rule.mask));
    rows.siv.push_back({rule.column, rule.mask->domain, std::move(opener), std::move(mask)});
  }
  return rows;
}

// What is still under the old key.
struct Left {
  std::vector<std::pair<std::string, std::int64_t>> columns;
  std::int64_t originals = 0;

  std::int64_t rows() const {
    std::int64_t all = 0;
    for (const auto& [column, count] : columns) all += count;
    return all;
  }
  std::string Json() const {
    std::string text = R"({"rows":{)";
    for (const auto& [column, count] : columns) {
      text += fmt::format("{}{}:{}", text.back() == '{' ? "" : ",", JsonString(column), count);
    }
    return text + fmt::format(R"(}},"originals":{}}})", originals);
  }
  std::string Text() const {
    std::string text;
    for (const auto& [column, count] : columns) {
      text += fmt::format("{}: {} rows; ", column, WithCommas(static_cast<std::uint64_t>(count)));
    }
    return text +
           fmt::format("vault: {} originals", WithCommas(static_cast<std::uint64_t>(originals)));
  }
};

Result<Left> CountLeft(RekeyPlaces& places, const vault::RowMover::Options& rows, bool has_vault) {
  Left left{TRY(vault::RowMover::Count(places.target, rows)), 0};
  if (has_vault) left.originals = TRY(CountVault(places.vault(), "kid = $1", rows.from));
  return left;
}

struct Moved {
  vault::RekeyCounts originals;
  std::uint64_t rows = 0, deleted = 0;
};

Result<> MoveOriginals(RekeyPlaces& places, vault::OriginalMover& mover, const Left& before,
                       RekeyWork& work) {
  work.Begin("originals", before.originals);
  for (std::uint64_t last = 0;;) {
    if (!TRY(mover.Next(places.vault(), places.aliases(), kOriginals))) return Ok();
    const std::uint64_t seen = mover.counts().seen();
    TRY(work.Advance(seen, seen - std::exchange(last, seen)));
  }
}

Result<> MoveRows(RekeyPlaces& places, vault::RowMover& mover, RekeyWork& work) {
  work.Begin("pages of rows, %", 100);
  for (std::uint64_t last = 0;;) {
    if (!TRY(mover.Next(places.target, kPages))) return Ok();
    TRY(work.Advance(static_cast<std::uint64_t>(mover.share() * 100),
                     mover.rows() - std::exchange(last, mover.rows())));
  }
}

Result<std::uint64_t> DeleteOld(RekeyPlaces& places, const vault::OriginalMover& mover,
                                const Left& before, RekeyWork& work) {
  work.Begin("old originals", before.originals);
  std::uint64_t deleted = 0;
  std::string after;
  do {
    deleted += static_cast<std::uint64_t>(
        TRY(mover.DeleteMoved(places.vault(), places.aliases(), kDeletes, after)));
    TRY(work.Advance(deleted, 0));
  } while (!after.empty());
  return deleted;
}

// One pass over vault and table; how much it moved.
Result<std::uint64_t> MoveOnce(RekeyPlaces& places, std::optional<vault::OriginalMover>& originals,
                               vault::RowMover::Options rows, const Left& left, RekeyWork& work,
                               Moved& all) {
  std::uint64_t moved = 0;
  if (originals) {
    TRY(MoveOriginals(places, *originals, left, work));
    vault::RekeyCounts counts = originals->counts();
    moved += counts.moved;
    counts.moved += all.originals.moved;
    counts.known = std::max(counts.known, all.originals.known);
    all.originals = counts;
  }
  vault::RowMover mover = TRY(vault::RowMover::Make(places.target, std::move(rows)));
  TRY(MoveRows(places, mover, work));
  moved += mover.rows();
  all.rows += mover.rows();
  if (originals) all.deleted += TRY(DeleteOld(places, *originals, left, work));
  return moved;
}

void Report(Context& context, const std::string& from, const std::string& to, const Moved& moved,
            const Left& left, double seconds) {
  const vault::RekeyCounts& o = moved.originals;
  if (context.json) {
    fmt::print(
        R"({{"from":"{}","to":"{}","originals":{{"moved":{},"known":{},"other_recipient":{},)"
        R"("damaged":{},"deleted":{}}},"rows":{},"left":{},"seconds":{:.3f}}})"
        "\n",
        from, to, o.moved, o.known, o.other_recipient, o.damaged, moved.deleted, moved.rows,
        left.Json(), seconds);
  } else if (!context.quiet) {
    fmt::print("{} -> {}: {} originals and {} rows moved in {:.1f} s\n", from, to,
               WithCommas(o.moved), WithCommas(moved.rows), seconds);
  }
  const bool done = left.rows() == 0 && left.originals == 0;
  if (done) {
    if (!context.quiet && !context.json)
      fmt::print("now, or on the day that it names: bauta keys retire {}\n", from);
    return;
  }
  std::string why;
  if (o.other_recipient > 0) {
    why = fmt::format("{} originals are sealed for another recipient: run it with that identity; ",
                      WithCommas(o.other_recipient));
  }
  if (o.damaged > 0) {
    why += fmt::format("{} do not open, or are not of their token; ", WithCommas(o.damaged));
  }
  context.Fail(Fatal(fmt::format("some are left under {}: {}", from, left.Text()),
                     why + "values without an original stay what they are; if an instance still "
                           "writes under the old key, bring it the key ring and run this again"));
}

Result<> ToNewKey(Context& context, const config::Config& config, const RekeyFlags& flags,
                  const std::string& reason) {
  const keys::KeyRing ring = TRY(LoadKeyRing(config, context.blame));
  const std::string from = TRY(OldKey(ring, flags.from)), to = ring.primary().kid;
  const bool has_vault = HasVault(config);
  RekeyPlaces places = TRY(OpenRekeyPlaces(config, context.blame));
  const TableSchema table =
      TRY(context.blame.On(config::codes::kTable, paths::kTable,
                           sinks::ReadTableSchema(places.target, config.target.table)));
  const vault::RowMover::Options rows = TRY(RowsOf(config, ring, table, from));
  TRY(vault::CheckMayChange(places.target, rows));
  const Left before = TRY(CountLeft(places, rows, has_vault));
  if (flags.dry_run) {
    if (context.json) {
      fmt::print(R"({{"from":"{}","to":"{}","left":{}}})"
                 "\n",
                 from, to, before.Json());
    } else {
      fmt::print("to be moved from {} to {}: {}\n", from, to, before.Text());
    }
    return Ok();
  }
  std::optional<OpenedIdentity> identity;
  vault::Custody custody;
  if (has_vault) {
    const keys::Recipient recipient = TRY(VaultRecipient(config, ring, context.blame));
    identity.emplace(
        TRY(OpenIdentity(context, flags.identity, flags.passphrase_file, keys::Purpose::kVault)));
    custody = {identity->id, &identity->secret, recipient.id, recipient.pk};
  }
  const std::optional<std::string_view> no_token;
  TRY(vault::LogAccess(places.vault(), "rekey", {&no_token, 1}, reason));

  RekeyWork work(context, flags.rate, StopOnSignals());
  Moved all;
  Left left = before;
  // Again while there is something to move: an instance may have written under the old key.
  for (int pass = 0; pass < kPasses; ++pass) {
    std::optional<vault::OriginalMover> originals;
    if (has_vault) originals.emplace(ring, from, to, custody);
    vault::RowMover::Options options = TRY(RowsOf(config, ring, table, from));
    const std::uint64_t moved =
        TRY(MoveOnce(places, originals, std::move(options), left, work, all));
    left = TRY(CountLeft(places, rows, has_vault));
    if (moved == 0 || (left.rows() == 0 && left.originals == 0)) break;
  }
  Report(context, from, to, all, left, work.Seconds());
  return Ok();
}

Result<> Rekey(Context& context, const config::Config& config, const RekeyFlags& flags) {
  std::string reason;
  if (!flags.dry_run) reason = TRY(CheckReason(flags.why));
  if (!flags.recipient.empty()) return RekeyRecipient(context, config, flags, reason);
  return ToNewKey(context, config, flags, reason);
}

}  // namespace

void AddRekey(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("rekey",
                                               "Move old tokens to the new key, or the vault to a "
                                               "new recipient; may be stopped and repeated");
  const auto flags = std::make_shared<RekeyFlags>();
  CLI::Option* const from =
      command
          ->add_option("--from", flags->from,
                       "The old key (default: the one that is ENABLED beside the primary)")
          ->type_name("KID");
  command
      ->add_option("--recipient", flags->recipient,
                   "Leave the tokens as they are, and seal all originals for this recipient")
      ->type_name("NAME")
      ->excludes(from);
  command
      ->add_option("--rate", flags->rate,
                   "So many originals or rows a second at most (default: no limit)")
      ->type_name("N");
  command->add_flag("--dry-run", flags->dry_run, "Say how much there is to do, and do nothing");
  command->add_option("--reason", flags->why,
                      "Why, in 8 to 500 characters: it is kept in the audit");
  AddIdentityFlags(*command, flags->identity, flags->passphrase_file);
  command->callback([flags, &context] {
    context.WithConfig(
        [&](const config::Config& config) { return Rekey(context, config, *flags); });
  });
}

}  // namespace bauta::cli
