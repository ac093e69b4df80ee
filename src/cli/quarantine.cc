// `bauta quarantine list | show | replay | discard`.
#include "quarantine/quarantine.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <utility>

#include "base/text.h"
#include "cli/at_least_one.h"
#include "cli/clear_output.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/identity.h"
#include "cli/progress.h"
#include "cli/reason_text.h"
#include "cli/text_table.h"
#include "cli/vault_access.h"
#include "cli/vault_wiring.h"
#include "cli/when.h"
#include "cli/wiring.h"
#include "keys/key_file.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "quarantine/replay.h"
#include "schema/registry.h"
#include "sinks/replay_sink.h"

namespace bauta::cli {
namespace {

using quarantine::Entry;
using quarantine::Mode;

struct QuarantineFlags {
  std::vector<std::int64_t> ids;
  std::string code, column, since, until;
  std::int64_t limit = 0;
  bool dry_run = false;
  std::string why;  // --reason
  std::string identity, passphrase_file, out;

  Mode mode() const { return dry_run ? Mode::kDryRun : Mode::kReal; }
};

Result<std::optional<std::int64_t>> Moment(const char* flag, const std::string& text) {
  if (text.empty()) return std::optional<std::int64_t>();
  if (const auto millis = ParseWhen(text, SystemClock().Now())) return millis;
  return ConfigError(fmt::format("{}: not a time", flag),
                     "write 2026-11-21, 2026-11-21T07:00:00Z (UTC), or how long ago: 2h, 7d");
}

Result<quarantine::Filter> MakeFilter(const config::Config& config, const QuarantineFlags& flags) {
  quarantine::Filter filter;
  filter.pipeline = config.pipeline;
  filter.ids = flags.ids;
  if (!flags.code.empty()) filter.reason = flags.code;
  if (!flags.column.empty()) filter.column = flags.column;
  filter.since_ms = TRY(Moment("--since", flags.since));
  filter.until_ms = TRY(Moment("--until", flags.until));
  if (flags.limit > 0) filter.limit = flags.limit;
  return filter;
}

std::string JsonOrNull(const std::optional<std::string>& text) {
  return text ? JsonString(*text) : "null";
}

std::string EntryJson(const Entry& e) {
  return fmt::format(
      R"({{"id":{},"pipeline":{},"message_id":{},"item":{},"sent_at":{},"reason":{},"column":{},)"
      R"("sqlstate":{},"constraint":{},"receive_count":{},"state":{},"at":{}}})",
      e.id, JsonString(e.pipeline), JsonString(e.message_id), e.item, JsonString(e.sent_at),
      JsonString(e.reason), JsonOrNull(e.column), JsonOrNull(e.sqlstate), JsonOrNull(e.constraint),
      e.receive_count, JsonString(e.state), JsonString(e.at));
}

std::string EntriesText(const std::vector<Entry>& entries) {
  if (entries.empty()) return "nothing is in the quarantine\n";
  std::vector<std::vector<std::string>> rows;
  for (const Entry& e : entries)
    rows.push_back(
        {std::to_string(e.id), e.message_id, e.sent_at, e.reason, e.column.value_or(""), e.state});
  return TextTable({{"id", true}, {"message"}, {"sent"}, {"reason"}, {"column"}, {"state"}}, rows,
                   0);
}

Result<> List(Context& context, const config::Config& config, const QuarantineFlags& flags) {
  const quarantine::Filter filter = TRY(MakeFilter(config, flags));
  pg::Connection connection = TRY(Connect(config, context.blame));
  const std::vector<Entry> entries = TRY(quarantine::List(connection, filter));
  if (!context.json) {
    fmt::print("{}", EntriesText(entries));
    if (!entries.empty() && !context.quiet) {
      fmt::print(stderr, "`bauta explain {}` tells cause and cure\n", entries.front().reason);
    }
    return Ok();
  }
  for (const Entry& entry : entries) fmt::print("{}\n", EntryJson(entry));
  return Ok();
}

// A body may hold anything: nothing in it may steer the terminal.
std::string ForTerminal(std::string_view text) {
  if (!IsValidUtf8(text)) return fmt::format("base64 {}", Base64Encode(text));
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool harmless = (byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\t';
    out += harmless ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return out;
}

std::string ShownJson(std::int64_t id, const sealing::Opened& opened) {
  const bool text = IsValidUtf8(opened.body);
  return fmt::format(R"({{"id":{},"attributes":{},"{}":{}}})", id, opened.attributes,
                     text ? "body" : "body_base64",
                     JsonString(text ? opened.body : Base64Encode(opened.body)));
}

Result<> Show(Context& context, const config::Config& config, const QuarantineFlags& flags) {
  TRY(CheckClearOutput(flags.out));
  if (flags.ids.size() != 1)
    return ConfigError("show takes one --id", "see: bauta quarantine list");
  const std::int64_t id = flags.ids.front();
  pg::Connection connection = TRY(Connect(config, context.blame));
  const OpenedIdentity identity = TRY(OpenIdentity(context, flags.identity, flags.passphrase_file));
  TRY(RecordAccess(config, context.blame, "quarantine.show", flags.why,
                   fmt::format("entry {}", id)));
  const sealing::Opened opened =
      TRY(quarantine::Show(connection, config.pipeline, id, {identity.id, identity.secret}));
  if (!flags.out.empty()) {
    const std::string text = context.json ? ShownJson(id, opened) + "\n" : opened.body;
    return keys::WriteNewFiles({{flags.out, text}});
  }
  if (context.json) {
    fmt::print("{}\n", ShownJson(id, opened));
  } else {
    if (opened.attributes != "{}") fmt::print("attributes {}\n", ForTerminal(opened.attributes));
    fmt::print("{}\n", ForTerminal(opened.body));
  }
  return Ok();
}

std::string ReplayedJson(const quarantine::Replayed& done) {
  std::string failing;
  for (const auto& [code, count] : done.still_failing)
    failing += fmt::format("{}{}:{}", failing.empty() ? "" : ",", JsonString(code), count);
  return fmt::format(R"({{"replayed":{},"still_failing":{{{}}},"skipped":{}}})", done.replayed,
                     failing, done.skipped);
}

std::string ReplayedText(const quarantine::Replayed& done, Mode mode) {
  std::string out =
      fmt::format("{}{} replayed, {} skipped\n",
                  mode == Mode::kDryRun ? "(dry run, nothing changed, the server not asked) " : "",
                  WithCommas(done.replayed), WithCommas(done.skipped));
  if (done.expired > 0) {
    out += fmt::format(
        "{} skipped as identity_expired: they may have their rows already; look, then name them "
        "with --reason-code identity_expired or --id\n",
        WithCommas(done.expired));
  }
  for (const auto& [code, count] : done.still_failing)
    out += fmt::format("{} still {}: {}\n", WithCommas(count), code, Meaning(code));
  return out;
}

// How far a replay is, for the line that shows it.  Any thread.
class HowFar {
 public:
  void Set(const quarantine::Replayed& done) {
    settled_ = done.settled();
    meant_ = done.meant;
  }
  std::uint64_t settled() const { return settled_; }
  std::string Line() const {
    return fmt::format("replaying  {} of {}", WithCommas(settled_), WithCommas(meant_));
  }

 private:
  std::atomic<std::uint64_t> settled_ = 0, meant_ = 0;
};

Error CutShort(Error error, const HowFar& far) {
  if (far.settled() == 0) return error;
  error.message += fmt::format(" ({} entries were settled before)", WithCommas(far.settled()));
  if (error.code != ErrorCode::kRetryable) return error;
  return Fatal(error.message, "run it again: what has its row is not touched");
}

Result<> Replay(Context& context, const config::Config& config, const QuarantineFlags& flags) {
  const quarantine::Filter filter = TRY(MakeFilter(config, flags));
  Blame& blame = context.blame;
  const keys::KeyRing ring = TRY(LoadKeyRing(config, blame));
  pg::Connection connection = TRY(Connect(config, blame));
  TRY(CompareRegistry(connection, MakeRegistry(config, ring), schema::NewTokens::kRefuse, blame));
  const TableSchema table = TRY(ReadTarget(connection, config, blame));
  const std::unique_ptr<Mapper> mapper = TRY(MakeMapper(config, ring, table, blame));
  vault::KnownTokens known;
  std::optional<vault::VaultWriter::Options> vault =
      TRY(OpenVault(config, ring, connection, known, blame));
  sinks::ReplaySink sink =
      TRY(sinks::ReplaySink::Make(connection, config.pipeline, table, ColumnNames(config.mapping),
                                  std::move(vault), PiiApart(config)));
  const OpenedIdentity identity = TRY(OpenIdentity(context, flags.identity, flags.passphrase_file));
  const std::size_t held = TRY(quarantine::SelectHeld(connection, filter)).size();
  TRY(RecordAccess(config, blame, "quarantine.replay", flags.why, fmt::format("{} entries", held)));

  HowFar far;
  std::optional<Progress> shown;
  if (!context.quiet) shown.emplace(context.Interactive(), [&far] { return far.Line(); });
  const Result<quarantine::Replayed> replayed =
      quarantine::Replay(connection, filter, {identity.id, identity.secret}, *mapper, sink,
                         flags.mode(), [&far](const quarantine::Replayed& done) { far.Set(done); });
  shown.reset();
  if (!replayed.ok()) return CutShort(replayed.error(), far);
  fmt::print("{}",
             context.json ? ReplayedJson(*replayed) + "\n" : ReplayedText(*replayed, flags.mode()));
  return Ok();
}

Result<> Discard(Context& context, const config::Config& config, const QuarantineFlags& flags) {
  const quarantine::Filter filter = TRY(MakeFilter(config, flags));
  pg::Connection connection = TRY(Connect(config, context.blame));
  // What comes while the person is asked is not theirs to lose.
  const std::vector<std::int64_t> ids = TRY(quarantine::SelectHeld(connection, filter));
  std::uint64_t count = ids.size();
  if (!flags.dry_run && count > 0) {
    TRY(Confirm(context,
                {"discard removes the events for good",
                 fmt::format("Remove the bodies of {} events for good?", WithCommas(count)),
                 "nothing was discarded"}));
    TRY(RecordAccess(config, context.blame, "quarantine.discard", flags.why,
                     fmt::format("{} entries", count)));
    count = TRY(quarantine::Discard(connection, ids, flags.why));
  }
  if (context.json) {
    fmt::print("{{\"discarded\":{}}}\n", count);
  } else {
    fmt::print("{} {}\n", WithCommas(count), flags.dry_run ? "would be discarded" : "discarded");
  }
  return Ok();
}

void AddFilter(CLI::App& command, QuarantineFlags& flags) {
  command.add_option("--reason-code", flags.code, "Only those refused for this reason")
      ->type_name("REASON");
  command.add_option("--column", flags.column, "Only those refused for this column");
  command.add_option("--since", flags.since, "Quarantined since: 2026-11-21, or 2h ago");
  command.add_option("--until", flags.until, "Quarantined before");
  command.add_option("--id", flags.ids, "Only these");
  command.add_option("--limit", flags.limit, "The oldest so many")->check(AtLeastOne());
}

void AddReason(CLI::App& command, QuarantineFlags& flags) {
  command
      .add_option("--reason", flags.why,
                  "Why you do this: kept in the audit of schema pii (8 to 460 characters there), "
                  "else logged")
      ->required();
}

using Action = Result<> (*)(Context&, const config::Config&, const QuarantineFlags&);

CLI::App& AddVerb(CLI::App& parent, Context& context, const std::shared_ptr<QuarantineFlags>& flags,
                  const char* name, const char* what, Action action) {
  CLI::App* const verb = parent.add_subcommand(name, what);
  verb->callback([&context, flags, action] {
    context.WithConfig(
        [&](const config::Config& config) { return action(context, config, *flags); });
  });
  return *verb;
}

}  // namespace

void AddQuarantine(CLI::App& app, Context& context) {
  CLI::App* const command =
      app.add_subcommand("quarantine", "The events that could not become rows");
  command->require_subcommand(1);
  const auto flags = std::make_shared<QuarantineFlags>();

  CLI::App& list = AddVerb(*command, context, flags, "list", "What is there, and why", List);
  AddFilter(list, *flags);

  CLI::App& show = AddVerb(*command, context, flags, "show", "One event in clear", Show);
  show.add_option("--id,id", flags->ids, "Which one")->required();
  show.add_option("--out", flags->out, "Write it to this new file (0600), not to the terminal")
      ->type_name("FILE");
  AddReason(show, *flags);
  AddIdentityFlags(show, flags->identity, flags->passphrase_file);

  CLI::App& replay =
      AddVerb(*command, context, flags, "replay", "Try again with today's config", Replay);
  AddFilter(replay, *flags);
  AddReason(replay, *flags);
  AddIdentityFlags(replay, flags->identity, flags->passphrase_file);
  replay.add_flag("--dry-run", flags->dry_run,
                  "Map what is held, write nothing: what only the server refuses is not found");

  CLI::App& discard =
      AddVerb(*command, context, flags, "discard", "Give them up: removes the bodies", Discard);
  AddFilter(discard, *flags);
  AddReason(discard, *flags);
  discard.add_flag("--dry-run", flags->dry_run, "Say how many, change nothing");
}

}  // namespace bauta::cli
