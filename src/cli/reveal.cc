// `bauta reveal`: the values of tokens, for those who may.
#include "vault/reveal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "cli/clear_output.h"
#include "cli/command.h"
#include "cli/identity.h"
#include "cli/key_opener.h"
#include "cli/reveal_input.h"
#include "cli/text_table.h"
#include "cli/vault_access.h"
#include "cli/whom.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "vault/reveal_moved.h"

namespace bauta::cli {
namespace {

using vault::Fetched;
using vault::Revealed;
using vault::Verdict;

struct RevealFlags {
  RevealInput input;
  std::string column, month, why, identity, passphrase_file, out;
};

// What was found of a token, or of an address: its line of the audit too.
struct Line {
  Fetched fetched;
  Revealed revealed;
  std::string moved_to = {};  // The token under which its original is now, if that is another.

  bool is_good() const {
    return revealed.verdict == Verdict::kVerified ||
           (revealed.verdict == Verdict::kNoKey && revealed.opened());
  }
};

// Each once, in their order.
std::vector<std::string> Distinct(const std::vector<std::string>& tokens) {
  std::map<std::string_view, bool> seen;
  std::vector<std::string> once;
  for (const std::string& token : tokens) {
    if (seen.emplace(token, true).second) once.push_back(token);
  }
  return once;
}

// Without a key ring values cannot be verified, but they can be opened.
Result<std::optional<keys::KeyRing>> MaybeKeyRing(const config::Config& config, Blame& blame) {
  if (!config.keyring.empty() && access(config.keyring.c_str(), F_OK) == 0) {
    return std::optional(TRY(LoadKeyRing(config, blame)));
  }
  log::Warn("reveal", "no key ring is here: what is opened cannot be verified",
            {{"file", config.keyring}});
  return std::optional<keys::KeyRing>();
}

constexpr std::string_view kKeyNotHere = "UNVERIFIED: its token key is not here";
constexpr std::string_view kForged = "UNVERIFIED: FORGED, the value has another token";

// Of what no vault holds.
std::string_view SaidOfKeys(const Revealed& revealed, bool address) {
  if (revealed.verdict == Verdict::kVerified) return "verified";
  if (revealed.verdict == Verdict::kDamaged) {
    return "does not open: damaged, or made with another key or for another column";
  }
  if (revealed.verdict == Verdict::kNoMatch) return kForged;
  if (!address && revealed.opened()) return kKeyNotHere;
  return address ? "UNVERIFIED: by which key it was made cannot be seen"
                 : "not opened: its token key is not here, or is disabled";
}

std::string_view Said(const Line& line) {
  if (!vault::IsOfVault(line.fetched.token) && !line.fetched.found) {
    return SaidOfKeys(line.revealed, !line.fetched.token.starts_with("s1:"));
  }
  switch (line.revealed.verdict) {
    case Verdict::kVerified:
      return "verified";
    case Verdict::kNoKey:
      return kKeyNotHere;
    case Verdict::kNoMatch:
      return kForged;
    case Verdict::kUnknown:
      return "not in the vault";
    case Verdict::kOtherRecipient:
      return "sealed for another recipient than this identity";
    case Verdict::kDamaged:
      return "damaged: the record does not open, or is another token's";
  }
  return {};
}

std::string LineJson(const Line& line) {
  const Verdict verdict = line.revealed.verdict;
  const bool opened = line.revealed.opened(), good = verdict == Verdict::kVerified;
  const auto maybe = [](bool there, const std::string& text) {
    return there ? JsonString(text) : "null";
  };
  return fmt::format(
      R"({{"token":{},"value":{},"verified":{},"problem":{},"domain":{},"canonical":{},"recipient":{},)"
      R"("request":{},"moved_to":{}}})"
      "\n",
      JsonString(line.fetched.token), maybe(opened, line.revealed.value), good,
      maybe(!good, std::string(vault::VerdictCode(verdict))),
      maybe(!line.fetched.domain.empty(), line.fetched.domain), maybe(opened, line.revealed.canon),
      maybe(line.fetched.found, line.fetched.recipient), line.fetched.request,
      maybe(!line.moved_to.empty(), line.moved_to));
}

// One for each token that was given, in that order.
std::string Output(bool json, const std::vector<std::string>& tokens,
                   const std::map<std::string_view, const Line*>& lines) {
  std::string out;
  std::vector<std::vector<std::string>> rows;
  for (const std::string& token : tokens) {
    const Line& line = *lines.at(token);
    if (json) {
      out += LineJson(line);
    } else {
      rows.push_back({token, line.revealed.value, std::string(Said(line))});
    }
  }
  return json ? out : TextTable({{"token"}, {"value"}, {""}}, rows, 0);
}

std::string Summary(const std::vector<Line>& lines) {
  std::map<Verdict, std::uint64_t> counts;
  for (const Line& line : lines) ++counts[line.revealed.verdict];
  std::string out = fmt::format("{} asked for, entries {} to {} of the audit", lines.size(),
                                lines.front().fetched.request, lines.back().fetched.request);
  for (const auto& [verdict, count] : counts) {
    out += fmt::format("; {} {}", WithCommas(count), vault::VerdictCode(verdict));
  }
  return out;
}

// The column that --column names; null without it.
Result<const ColumnRule*> NamedColumn(const config::Config& config, const std::string& name) {
  if (name.empty()) return static_cast<const ColumnRule*>(nullptr);
  const auto opens = [](const ColumnRule& rule) {
    return rule.mask && (rule.mask->mask == Mask::kAesSiv || IsIpcrypt(rule.mask->mask));
  };
  std::string known;
  for (const ColumnRule& rule : config.mapping.columns) {
    if (!opens(rule)) continue;
    if (rule.column == name) return &rule;
    known += (known.empty() ? "" : ", ") + rule.column;
  }
  return ConfigError(fmt::format("--column: {} is no column that a key opens", name),
                     known.empty() ? "the config has none; tokens of the vault need no --column"
                                   : "those are: " + known);
}

// Of a vault apart.  Who may open its originals need not be somebody in the rows' database.
pg::Connection* OpenTarget(const config::Config& config, std::optional<pg::Connection>& target) {
  Blame blame;
  Result<pg::Connection> opened = Connect(config, blame);
  if (opened.ok()) return &target.emplace(std::move(opened).value());
  log::Warn("reveal", "tokens of before a rotation are not followed: " + opened.error().message);
  return nullptr;
}

// The vault's tokens that it no longer has, and those whose key no longer opens them.
Result<> FollowMoved(pg::Connection& connection, const config::Config& config,
                     const vault::OpenMoved& open, const std::string& reason,
                     std::vector<Line>& lines) {
  std::vector<std::string> missing;
  for (const Line& line : lines) {
    if (IsClosed(line.fetched, line.revealed)) missing.push_back(line.fetched.token);
  }
  std::optional<pg::Connection> target;
  const auto aliases = [&] { return config.vault.url ? OpenTarget(config, target) : &connection; };
  std::map<std::string, vault::Moved> moved =
      TRY(vault::RevealMoved(connection, aliases, open, missing, reason));
  for (Line& line : lines) {
    const auto found = moved.find(line.fetched.token);
    if (found == moved.end()) continue;
    line.fetched = std::move(found->second.fetched);
    line.moved_to = std::exchange(line.fetched.token, found->first);
    line.revealed = std::move(found->second.revealed);
  }
  return Ok();
}

// The vault's by its identity, those of aes-siv by the key ring.
Result<std::vector<Line>> OpenTokens(Context& context, const config::Config& config,
                                     const RevealFlags& flags, const ColumnRule* column,
                                     const std::vector<std::string>& tokens,
                                     const std::string& reason) {
  const std::optional<keys::KeyRing> ring = TRY(MaybeKeyRing(config, context.blame));
  std::optional<OpenedIdentity> identity;
  if (std::ranges::any_of(tokens, vault::IsOfVault)) {
    identity.emplace(
        TRY(OpenIdentity(context, flags.identity, flags.passphrase_file, keys::Purpose::kVault)));
  }
  pg::Connection connection = TRY(OpenDesk(config, context.blame, vault::CheckRevealer));
  SivReader siv(config, column, ring ? &*ring : nullptr, NowMs());
  std::optional<vault::Revealer> revealer;
  if (identity) revealer.emplace(identity->id, identity->secret, ring ? &*ring : nullptr);
  std::vector<Line> lines;
  for (Fetched& fetched : TRY(vault::FetchSealed(connection, tokens, reason))) {
    if (vault::IsOfVault(fetched.token)) {
      Revealed revealed = revealer->Open(fetched);
      lines.push_back({std::move(fetched), std::move(revealed)});
      continue;
    }
    SivReader::Opened opened = siv.Open(fetched.token);
    fetched.found = false;
    fetched.domain = std::move(opened.domain);
    lines.push_back({std::move(fetched), std::move(opened.revealed)});
  }
  const vault::OpenMoved open = OpenMovedBy(revealer ? &*revealer : nullptr, siv);
  TRY(FollowMoved(connection, config, open, reason, lines));
  return lines;
}

Result<std::vector<Line>> OpenAddresses(Context& context, const config::Config& config,
                                        const RevealFlags& flags, const ColumnRule& column,
                                        const std::vector<std::string>& addresses,
                                        const std::string& reason) {
  const keys::KeyRing ring = TRY(LoadKeyRing(config, context.blame));
  AddressReader reader = TRY(AddressReader::Make(config, column, flags.month, ring, context.blame));
  std::vector<std::string> marks;
  for (const std::string& address : addresses) {
    marks.push_back(TRY(AuditToken(reader.key(), address)));
  }
  pg::Connection connection = TRY(OpenDesk(config, context.blame, vault::CheckRevealer));
  std::vector<Line> lines;
  for (Fetched& fetched : TRY(vault::FetchSealed(connection, marks, reason))) {
    fetched.token = addresses[lines.size()];
    fetched.found = false;
    fetched.domain = reader.domain();
    Revealed revealed = reader.Open(fetched.token);
    lines.push_back({std::move(fetched), std::move(revealed)});
  }
  return lines;
}

Result<> Reveal(Context& context, const config::Config& config, const RevealFlags& flags) {
  const std::string reason = TRY(CheckReason(flags.why));
  TRY(CheckClearOutput(flags.out));
  const ColumnRule* const column = TRY(NamedColumn(config, flags.column));
  const bool addresses = column != nullptr && IsIpcrypt(column->mask->mask);
  const std::vector<std::string> tokens = TRY(
      ReadTokens(context, config, flags.input, addresses ? Wanted::kAddresses : Wanted::kTokens));
  const std::vector<std::string> distinct = Distinct(tokens);
  std::vector<Line> lines =
      addresses ? TRY(OpenAddresses(context, config, flags, *column, distinct, reason))
                : TRY(OpenTokens(context, config, flags, column, distinct, reason));
  std::map<std::string_view, const Line*> by_token;
  for (const Line& line : lines) {
    by_token[line.fetched.token] = &line;
    if (!line.is_good()) context.exit_code = kFailed;
  }
  TRY(WriteClearOutput(flags.out, Output(context.json, tokens, by_token)));
  for (Line& line : lines) crypto::Wipe(line.revealed.value);
  if (!context.quiet) fmt::print(stderr, "{}\n", Summary(lines));
  return Ok();
}

}  // namespace

void AddReveal(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand(
      "reveal",
      "The values of tokens, for those who may.  Ends with 1 if one has none, or a forged one");
  const auto flags = std::make_shared<RevealFlags>();
  CLI::Option* const tokens =
      command->add_option("TOKEN", flags->input.arguments,
                          "Which; else from standard input: a column, CSV, what psql prints");
  command
      ->add_option("--query", flags->input.query,
                   "Those in the rows of this query, which runs read-only as the config's user")
      ->type_name("SQL")
      ->excludes(tokens);
  command->add_option("--column", flags->column,
                      "Addresses of this ipcrypt column, which say not whose they are; or only "
                      "what this aes-siv column holds");
  command->add_option("--month", flags->month,
                      "Of an ipcrypt column whose domain changes with the month: 2026-01");
  command
      ->add_option("--reason", flags->why, "Why, in 8 to 500 characters: it is kept in the audit")
      ->required();
  command->add_option("--out", flags->out, "Write to this new file (0600), not to the terminal")
      ->type_name("FILE");
  AddIdentityFlags(*command, flags->identity, flags->passphrase_file);
  command->callback([flags, &context] {
    context.WithConfig(
        [&](const config::Config& config) { return Reveal(context, config, *flags); });
  });
}

}  // namespace bauta::cli
