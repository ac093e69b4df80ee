// `bauta migrate-legacy`: hashes that anybody can invert become tokens, without the source data.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/legacy_rows.h"
#include "cli/maskers.h"
#include "cli/passphrase.h"
#include "cli/processing_record.h"
#include "cli/progress.h"
#include "cli/vault_access.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "masking/candidates.h"
#include "masking/legacy_sweep.h"
#include "vault/vault_writer.h"

namespace bauta::cli {
namespace {

using masking::Candidates;
using masking::LegacySweep;

struct MigrateFlags {
  std::string column, pattern, suffix_file, why;
  std::vector<std::string> ranges;
  bool dry_run = false;
};

struct Migrated {
  std::size_t distinct = 0, inverted = 0;
  std::int64_t rows = 0, left = 0;
  std::uint64_t candidates = 0;
  double seconds = 0;
  unsigned cores = 1;
};

// What a hash stood for, by its index; kNone where no candidate had it.  As secret as the values.
constexpr std::uint64_t kNone = ~std::uint64_t{0};
struct Found {
  std::vector<std::uint64_t> candidate;
  Found() = default;
  Found(Found&&) = default;
  Found& operator=(Found&&) = default;
  ~Found() { std::ranges::fill(candidate, kNone); }
};

Result<const ColumnRule*> ColumnOf(const config::Config& config, const std::string& name) {
  const auto& rules = config.mapping.columns;
  const auto rule = std::ranges::find(rules, name, &ColumnRule::column);
  if (rule == rules.end() || !rule->mask || !IsToken(rule->mask->mask)) {
    return ConfigError(fmt::format("--column: {} is no column of tokens", name),
                       "give it mask: hmac-sha256 in the config, and run `bauta init`: its hashes "
                       "then become the tokens that new rows get");
  }
  if (HasMonth(rule->mask->domain)) {
    return ConfigError(
        fmt::format("--column: the tokens of {} change with the month", name),
        "a hash does not tell of which month it is: give the old rows a column of their own");
  }
  return &*rule;
}

Result<Candidates> CandidatesOf(const MigrateFlags& flags, const ColumnRule& rule) {
  if (!flags.pattern.empty()) return Candidates::Pattern(flags.pattern);
  const bool address =
      rule.mask->canonical == Canonical::kIp || rule.mask->canonical == Canonical::kIpPrefix;
  if (address || !flags.ranges.empty()) return Candidates::Ipv4(flags.ranges);
  return ConfigError(
      fmt::format("{} holds no addresses: which values are to be tried?", rule.column),
      "--pattern ddd-dd-dddd: d is any digit, x any hexadecimal one");
}

// Never an argument: it was meant as a secret.
Result<crypto::SecretBytes> SuffixOf(const std::string& file) {
  if (file.empty()) return crypto::SecretBytes();
  if (file != "-") return ReadPassphraseFile(file);
  std::string line;
  std::getline(std::cin, line);
  if (line.ends_with('\r')) line.pop_back();
  crypto::SecretBytes suffix = crypto::SecretBytes::CopyOf(line);
  crypto::Wipe(line);
  if (suffix.size() == 0) return ConfigError("standard input: its first line is empty");
  return suffix;
}

// Hashes all candidates on all cores.
Found Sweep(const LegacySweep& sweep, const Candidates& candidates, Context& context,
            Migrated& migrated) {
  constexpr std::uint64_t kChunk = 1 << 16;
  Found found;
  found.candidate.assign(sweep.hashes().size(), kNone);
  std::mutex mutex;  // Guards `found`.
  std::atomic<std::uint64_t> next{0}, tried{0}, hits{0};
  const SteadyTime start = SystemClock().SteadyNow();
  const auto seconds = [&] {
    return std::chrono::duration<double>(SystemClock().SteadyNow() - start).count();
  };
  const auto line = [&] {
    const double done = static_cast<double>(tried) / static_cast<double>(candidates.size());
    return fmt::format("tried {:.1f} %, inverted {} of {}, {} to go", 100 * done, WithCommas(hits),
                       WithCommas(sweep.hashes().size()),
                       done > 0 ? HowLong(seconds() / done * (1 - done)) : "?");
  };
  const auto work = [&] {
    std::vector<LegacySweep::Hit> mine;
    for (std::uint64_t from = 0; (from = next.fetch_add(kChunk)) < candidates.size();) {
      const std::uint64_t count = std::min(kChunk, candidates.size() - from);
      sweep.Try(candidates, from, count, mine);
      tried += count;
      const std::lock_guard lock(mutex);
      for (LegacySweep::Hit& hit : mine) {
        hits += found.candidate[hit.hash] == kNone ? 1 : 0;
        found.candidate[hit.hash] = std::exchange(hit.candidate, kNone);
      }
      mine.clear();
    }
  };
  {
    std::optional<Progress> progress;
    if (!context.quiet) progress.emplace(context.Interactive(), line);
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < migrated.cores; ++i) workers.emplace_back(work);
  }
  migrated.seconds = seconds();
  migrated.inverted = hits;
  return found;
}

// Rows of a batch that were inverted, and what they become.
struct Change {
  std::vector<LegacyRows::Row> rows;
  std::vector<std::string> tokens;
};

// Turns hashes into tokens, batch by batch: rows and originals commit together.
class Migration {
 public:
  Migration(const LegacySweep& sweep, const Found& found, const Candidates& candidates,
            const ColumnRule& rule, masking::ColumnMasker& masker)
      : sweep_(sweep), found_(found), candidates_(candidates), rule_(rule), masker_(masker) {}

  // Without a vault.
  Result<std::int64_t> Write(LegacyRows& rows, pg::Connection& connection,
                             std::span<const LegacyRows::Row> batch, vault::VaultWriter* vault) {
    Arena arena;
    std::vector<Original> originals;
    const Change change = ChangeOf(batch, arena, originals);
    if (change.rows.empty()) return 0;
    if (vault == nullptr) {
      TRY(connection.Query("BEGIN"));
      return Commit(connection, rows.Put(change.rows, change.tokens));
    }
    const std::vector<bool> all(originals.size(), true);
    if (vault->is_apart()) {
      TRY(vault->WriteApart(originals, all));
      TRY(connection.Query("BEGIN"));
      return Commit(connection, rows.Put(change.rows, change.tokens));
    }
    const pg::Rows begun =
        TRY(connection.Query(std::string("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;") +
                             vault::VaultWriter::kBegin));
    const Result<std::int64_t> put = rows.Put(change.rows, change.tokens);
    if (!put.ok()) return Commit(connection, put.error());
    const Result<> sealed = vault->Write(connection, begun.Int(0, 0), originals, all);
    Result<std::int64_t> done =
        Commit(connection, sealed.ok() ? put : Result<std::int64_t>(sealed.error()));
    if (done.ok()) vault->Committed();
    return done;
  }

 private:
  static Result<std::int64_t> Commit(pg::Connection& connection, Result<std::int64_t> done) {
    if (!done.ok()) {
      const bool usable = connection.Rollback();
      if (!usable) done = Retryable(done.error().message, "run it again: it goes on");
      return done;
    }
    TRY(connection.Commit());
    return done;
  }

  Change ChangeOf(std::span<const LegacyRows::Row> batch, Arena& arena,
                  std::vector<Original>& originals) {
    Change change;
    for (const LegacyRows::Row& row : batch) {
      const std::optional<masking::LegacyHash> hash = masking::ParseLegacy(row.text);
      const std::optional<std::uint32_t> index =
          hash ? sweep_.Find(*hash) : std::optional<std::uint32_t>();
      if (!index || found_.candidate[*index] == kNone) continue;
      const Candidates::Cursor cursor(candidates_, found_.candidate[*index]);
      const masking::Masked masked = masker_.Mask(cursor.text(), 0);
      if (masked.text.empty()) continue;
      change.rows.push_back(row);
      change.tokens.emplace_back(masked.text);
      if (!rule_.mask->vault) continue;
      originals.emplace_back(static_cast<std::uint32_t>(originals.size()),
                             arena.Copy(change.tokens.back()), rule_.mask->domain,
                             arena.Copy(masking::FormName(FormOf(*rule_.mask))),
                             arena.Copy(cursor.text()));
    }
    return change;
  }

  const LegacySweep& sweep_;
  const Found& found_;
  const Candidates& candidates_;
  const ColumnRule& rule_;
  masking::ColumnMasker& masker_;
};

Result<> Migrate(Context& context, const config::Config& config, const MigrateFlags& flags,
                 Migrated& migrated) {
  const std::string reason = TRY(CheckReason(flags.why, 460));
  const ColumnRule& rule = *TRY(ColumnOf(config, flags.column));
  const Candidates candidates = TRY(CandidatesOf(flags, rule));
  crypto::SecretBytes suffix = TRY(SuffixOf(flags.suffix_file));
  const keys::KeyRing ring = TRY(LoadKeyRing(config, context.blame));
  std::optional<masking::ColumnMasker> masker = TRY(MakeMasker(ring, rule.mask));

  pg::Connection reader = TRY(Connect(config, context.blame));
  pg::Connection writer = TRY(Connect(config, context.blame));
  const TableSchema table = TRY(ReadTarget(reader, config, context.blame));
  TRY(CompareRegistry(reader, MakeRegistry(config, ring), schema::NewTokens::kRefuse,
                      context.blame));
  vault::KnownTokens known;
  std::optional<vault::VaultWriter> vault;
  if (rule.mask->vault) {
    vault.emplace(*TRY(OpenVault(config, ring, writer, known, context.blame)));
  }
  LegacyRows rows(reader, writer, table, rule.column);
  TRY(RecordAccess(config, context.blame, "migrate-legacy", reason,
                   fmt::format("column {:.30}", rule.column)));

  const LegacySweep sweep(TRY(rows.ReadHashes()), std::move(suffix));
  migrated.distinct = sweep.hashes().size();
  migrated.candidates = candidates.size();
  migrated.cores = std::max(1u, std::thread::hardware_concurrency());
  if (migrated.distinct == 0) return Ok();
  const Found found = Sweep(sweep, candidates, context, migrated);
  Migration migration(sweep, found, candidates, rule, *masker);
  return rows.ForEach([&](std::span<const LegacyRows::Row> batch) -> Result<> {
    std::int64_t written = 0;
    if (!flags.dry_run) {
      written = TRY(migration.Write(rows, writer, batch, vault ? &*vault : nullptr));
    }
    migrated.rows += written;
    migrated.left += static_cast<std::int64_t>(batch.size()) - written;
    return Ok();
  });
}

void Print(bool json, const MigrateFlags& flags, const Migrated& m) {
  const double rate = m.seconds > 0 ? static_cast<double>(m.candidates) / m.seconds : 0;
  if (json) {
    fmt::print(R"({{"column":{},"hashes":{},"inverted":{},"rows":{},"left":{},"candidates":{},)"
               R"("seconds":{:.6f},"candidates_per_second":{:.0f},"cores":{},"dry_run":{}}})"
               "\n",
               JsonString(flags.column), m.distinct, m.inverted, m.rows, m.left, m.candidates,
               m.seconds, rate, m.cores, flags.dry_run);
    return;
  }
  if (m.distinct == 0) {
    fmt::print("column {} holds no SHA-256\n", flags.column);
    return;
  }
  fmt::print(
      "inverted {} of {} hashes by trying {} values: {} on {} core{}, {:.1f} million a "
      "second\n",
      WithCommas(m.inverted), WithCommas(m.distinct), WithCommas(m.candidates), HowLong(m.seconds),
      m.cores, m.cores == 1 ? "" : "s", rate / 1e6);
  fmt::print("{} rows have tokens{}; {} still have a hash\n",
             WithCommas(static_cast<std::uint64_t>(m.rows)), flags.dry_run ? " (dry run)" : "",
             WithCommas(static_cast<std::uint64_t>(m.left)));
}

}  // namespace

void AddMigrateLegacy(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand(
      "migrate-legacy",
      "Turn a column's SHA-256 into tokens, without the source data: by trying all values");
  const auto flags = std::make_shared<MigrateFlags>();
  command->add_option("--column", flags->column, "Which; its mask in the config makes the tokens")
      ->required();
  CLI::Option* const ranges =
      command
          ->add_option("--range", flags->ranges,
                       "Try the IPv4 addresses of this network alone; repeatable")
          ->type_name("CIDR")
          ->allow_extra_args(false);
  command
      ->add_option("--pattern", flags->pattern,
                   "Try all texts of this form: d is any digit, x any hexadecimal one: "
                   "ddd-dd-dddd")
      ->excludes(ranges);
  command
      ->add_option("--suffix-file", flags->suffix_file,
                   "What was hashed behind each value: the first line of this file (0600), or of "
                   "standard input: -")
      ->type_name("FILE");
  command
      ->add_option("--reason", flags->why, "Why, in 8 to 460 characters: it is kept in the audit")
      ->required();
  command->add_flag("--dry-run", flags->dry_run, "Try, and change nothing");
  command->callback([flags, &context] {
    context.WithConfig([&](const config::Config& config) -> Result<> {
      Migrated migrated;
      TRY(Migrate(context, config, *flags, migrated));
      Print(context.json, *flags, migrated);
      return Ok();
    });
  });
}

}  // namespace bauta::cli
