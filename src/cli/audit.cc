// `bauta audit list | verify | anchor`.
#include "vault/audit.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "cli/anchor_file.h"
#include "cli/at_least_one.h"
#include "cli/command.h"
#include "cli/text_table.h"
#include "cli/vault_access.h"
#include "cli/when.h"

namespace bauta::cli {
namespace {

using vault::AuditEntry;
using vault::AuditReport;

struct AuditFlags {
  std::string since, until, actor, action;
  std::int64_t limit = 0;
  std::string anchors;  // --anchor
  std::string note;
  std::string output;  // -o of verify alone.
};

Result<pg::Connection> ConnectAuditor(const config::Config& config, Blame& blame) {
  return OpenDesk(config, blame, vault::CheckAuditor);
}

std::string Hex(const vault::ChainHash& hash) { return HexEncode(AsText(hash)); }

std::string JsonOrNull(const std::optional<std::string>& text) {
  return text ? JsonString(*text) : "null";
}

std::string EntryJson(const AuditEntry& e) {
  return fmt::format(
      R"({{"seq":{},"at":{},"actor":{},"action":{},"token":{},"reason":{},"prev_hash":"{}","hash":"{}"}})",
      e.seq, JsonString(e.at), JsonString(e.actor), JsonString(e.action), JsonOrNull(e.token),
      JsonOrNull(e.reason), Hex(e.prev_hash), Hex(e.hash));
}

Result<std::optional<std::int64_t>> Moment(const char* flag, const std::string& text) {
  if (text.empty()) return std::optional<std::int64_t>();
  if (const auto millis = ParseWhen(text, SystemClock().Now())) return millis;
  return ConfigError(fmt::format("{}: not a time", flag),
                     "write 2026-11-21, 2026-11-21T07:00:00Z (UTC), or how long ago: 2h, 7d");
}

Result<> List(Context& context, const config::Config& config, const AuditFlags& flags) {
  vault::AuditFilter filter;
  filter.since_ms = TRY(Moment("--since", flags.since));
  filter.until_ms = TRY(Moment("--until", flags.until));
  if (!flags.actor.empty()) filter.actor = flags.actor;
  if (!flags.action.empty()) filter.action = flags.action;
  if (flags.limit > 0) filter.limit = flags.limit;
  pg::Connection connection = TRY(ConnectAuditor(config, context.blame));
  if (context.json) {
    return vault::ListAudit(connection, filter,
                            [](const AuditEntry& e) { fmt::print("{}\n", EntryJson(e)); });
  }
  std::vector<std::vector<std::string>> rows;
  TRY(vault::ListAudit(connection, filter, [&rows](const AuditEntry& e) {
    rows.push_back({std::to_string(e.seq), e.at.substr(0, 19) + "Z", e.actor, e.action,
                    e.token.value_or(""), e.reason.value_or("")});
  }));
  if (rows.empty()) {
    fmt::print("nothing is in the audit\n");
    return Ok();
  }
  fmt::print("{}", TextTable({{"seq", true}, {"at"}, {"actor"}, {"action"}, {"token"}, {"reason"}},
                             rows, 0));
  return Ok();
}

// In words.
std::string_view Explained(std::string_view kind) {
  if (kind == "gap") return "entries before it are missing";
  if (kind == "link") return "it does not follow from the entry before it";
  if (kind == "hash") return "it was changed";
  if (kind == "head") return "the newest entries are missing, or the head was changed";
  if (kind == "anchor")
    return "it is not the entry that was anchored: the audit was rebuilt or cut";
  return "PostgreSQL's own check says so";
}

std::string ReportText(const AuditReport& report) {
  std::string out;
  for (const vault::ChainProblem& problem : report.problems) {
    out += fmt::format("entry {}: {} ({})\n", problem.seq, problem.kind, Explained(problem.kind));
  }
  const std::string anchored =
      report.newest_anchor.seq == 0
          ? "no anchor yet: whoever owns the database could rebuild all of it"
          : fmt::format("anchored up to entry {}", report.newest_anchor.seq);
  if (report.problems.empty()) {
    return fmt::format("{} entries, none changed, none missing; {}\n",
                       WithCommas(static_cast<std::uint64_t>(report.entries)), anchored);
  }
  return out + fmt::format("{} entries, {} problems: somebody has been at the audit; {}\n",
                           WithCommas(static_cast<std::uint64_t>(report.entries)),
                           WithCommas(report.problems.size()), anchored);
}

std::string ReportJson(const AuditReport& report) {
  std::string problems;
  for (const vault::ChainProblem& problem : report.problems) {
    problems += fmt::format(R"({}{{"seq":{},"problem":{}}})", problems.empty() ? "" : ",",
                            problem.seq, JsonString(problem.kind));
  }
  return fmt::format(
      R"({{"entries":{},"head":{{"seq":{},"hash":"{}"}},"last_at":{},"anchors":{},"anchored_seq":{},"problems":[{}]}})"
      "\n",
      report.entries, report.head.seq, Hex(report.head.hash),
      report.last_at.empty() ? "null" : JsonString(report.last_at), report.anchors,
      report.newest_anchor.seq, problems);
}

std::string Metric(std::string_view name, std::string_view help, double value) {
  return fmt::format(
      "# HELP bauta_audit_{0} {1}\n# TYPE bauta_audit_{0} gauge\nbauta_audit_{0} {2}\n", name, help,
      value);
}

// For node_exporter's textfile collector: what a scrape of every known series wants.
std::string ReportMetrics(const AuditReport& report) {
  std::map<std::string_view, std::int64_t> counts;
  for (const std::string_view kind : vault::kChainProblems) counts[kind] = 0;
  for (const vault::ChainProblem& problem : report.problems) {
    if (const auto known = counts.find(problem.kind); known != counts.end()) ++known->second;
  }
  const std::optional<std::int64_t> last = ParseWhen(report.last_at.substr(0, 23), {});
  std::string out = fmt::format(
      "# HELP bauta_audit_problems Places at which the audit was tampered with.\n"
      "# TYPE bauta_audit_problems gauge\n");
  for (const auto& [kind, count] : counts) {
    out += fmt::format("bauta_audit_problems{{problem=\"{}\"}} {}\n", kind, count);
  }
  out += Metric("entries", "Lines of the audit.", static_cast<double>(report.entries));
  out += Metric("unanchored_entries", "Lines since the newest anchor.",
                static_cast<double>(report.head.seq - report.newest_anchor.seq));
  out += Metric("last_entry_timestamp_seconds", "When the newest line was written; 0: never.",
                last ? static_cast<double>(*last) / 1000 : 0);
  out += Metric("verified_timestamp_seconds", "When all of this was found out.",
                static_cast<double>(ToEpochMillis(SystemClock().Now())) / 1000);
  return out;
}

Result<> Verify(Context& context, const config::Config& config, const AuditFlags& flags) {
  std::vector<vault::Anchor> kept;
  if (!flags.anchors.empty()) kept = TRY(ReadAnchors(flags.anchors));
  pg::Connection connection = TRY(ConnectAuditor(config, context.blame));
  const AuditReport report = TRY(vault::VerifyAudit(connection, kept));
  const bool metrics = flags.output == "prometheus";
  const bool json = flags.output.empty() ? context.json : flags.output == "json";
  fmt::print("{}", metrics ? ReportMetrics(report)
                   : json  ? ReportJson(report)
                           : ReportText(report));
  // The metrics are the alarm: whoever collects them must get them in either case.
  if (!report.problems.empty() && !metrics) context.exit_code = kFailed;
  return Ok();
}

Result<> AnchorHead(Context& context, const config::Config& config, const AuditFlags& flags) {
  pg::Connection connection = TRY(ConnectAuditor(config, context.blame));
  const vault::NewAnchor made = TRY(vault::AnchorAudit(connection, flags.note));
  if (context.json) {
    fmt::print("{{\"seq\":{},\"hash\":\"{}\",\"at\":{}}}\n", made.anchor.seq, Hex(made.anchor.hash),
               JsonString(made.at));
    return Ok();
  }
  fmt::print("{} {}\n", AnchorText(made.anchor), made.at);
  if (!context.quiet) {
    fmt::print(stderr,
               "keep this line where nobody who may change the database can change it; then: bauta "
               "audit verify --anchor FILE\n");
  }
  return Ok();
}

using Action = Result<> (*)(Context&, const config::Config&, const AuditFlags&);

CLI::App& AddVerb(CLI::App& parent, Context& context, const std::shared_ptr<AuditFlags>& flags,
                  const char* name, const char* what, Action action) {
  CLI::App* const verb = parent.add_subcommand(name, what);
  verb->callback([&context, flags, action] {
    context.WithConfig(
        [&](const config::Config& config) { return action(context, config, *flags); });
  });
  return *verb;
}

}  // namespace

void AddAudit(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("audit", "Who asked for originals, and why");
  command->require_subcommand(1);
  const auto flags = std::make_shared<AuditFlags>();

  CLI::App& list = AddVerb(*command, context, flags, "list", "What was asked, by whom, why", List);
  list.add_option("--since", flags->since, "Asked since: 2026-11-21, or 2h ago");
  list.add_option("--until", flags->until, "Asked before");
  list.add_option("--actor", flags->actor, "Only by this database user");
  list.add_option("--action", flags->action, "Only these: reveal.request, lookup, erase...");
  list.add_option("--limit", flags->limit, "The newest so many")->check(AtLeastOne());

  CLI::App& verify =
      AddVerb(*command, context, flags, "verify",
              "Was a line of the audit changed or removed?  Ends with 1 if so", Verify);
  verify
      .add_option("--anchor", flags->anchors,
                  "Check against anchors that were kept elsewhere too; - is standard input")
      ->type_name("FILE");
  verify
      .add_option("-o,--output", flags->output,
                  "For people, for scripts, or for node_exporter's textfile collector (ends with 0 "
                  "in either case)")
      ->check(CLI::IsMember({"text", "json", "prometheus"}));

  CLI::App& anchor = AddVerb(*command, context, flags, "anchor",
                             "Print where the audit stands, to be kept elsewhere", AnchorHead);
  anchor.add_option("--note", flags->note, "Where it is kept, say; stored in the database with it");
}

}  // namespace bauta::cli
