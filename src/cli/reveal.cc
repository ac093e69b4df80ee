// `bauta reveal`: the values of tokens, for those who may.
#include "vault/reveal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "cli/clear_output.h"
#include "cli/command.h"
#include "cli/identity.h"
#include "cli/text_table.h"
#include "cli/vault_access.h"
#include "cli/wiring.h"
#include "config/codes.h"

namespace bauta::cli {
namespace {

using vault::Fetched;
using vault::Revealed;
using vault::Verdict;

struct RevealFlags {
  std::vector<std::string> tokens;
  std::string query, why, identity, passphrase_file, out;
};

// What was found of a token: its line of the audit too.
struct Line {
  Fetched fetched;
  Revealed revealed;
};

// A value that was typed in a token's place must not be repeated.
Result<std::vector<std::string>> FromArguments(const std::vector<std::string>& words) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::optional<std::string> token = vault::ParseToken(words[i]);
    if (!token) {
      return ConfigError(fmt::format("argument {}: is no token", i + 1),
                         "a token is as it stands in the table: h1:k1: and 26 characters; for that "
                         "of a value: bauta lookup");
    }
    tokens.push_back(*std::move(token));
  }
  return tokens;
}

Result<std::vector<std::string>> FromInput(const Context& context) {
  if (isatty(STDIN_FILENO) != 0) {
    if (context.no_input) {
      return ConfigError("there are no tokens to reveal", "give them as arguments or --query SQL");
    }
    fmt::print(stderr, "tokens, one a line; Ctrl-D ends:\n");
  }
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  std::vector<std::string> tokens = vault::FindTokens(text);
  if (tokens.empty())
    return ConfigError("standard input: holds no token", "pipe a column of them: psql -At -c ...");
  return tokens;
}

// As its own user, who may read what he may read; changes nothing.
Result<std::vector<std::string>> FromQuery(const config::Config& config, const std::string& sql,
                                           Blame& blame) {
  pg::Connection connection = TRY(Connect(config, blame));
  TRY(connection.Query("BEGIN READ ONLY"));
  const Result<pg::Rows> rows = connection.Exec(sql, pg::Params());
  if (!rows.ok()) {
    return ConfigError("--query: " + rows.error().message, "try it in psql, as the same user");
  }
  std::vector<std::string> tokens;
  for (int row = 0; row < rows->size(); ++row) {
    for (int column = 0; column < rows->columns(); ++column) {
      std::ranges::move(vault::FindTokens(rows->Text(row, column)), std::back_inserter(tokens));
    }
  }
  if (tokens.empty())
    return ConfigError("--query: its rows hold no token", "select a masked column");
  return tokens;
}

Result<std::vector<std::string>> ReadTokens(Context& context, const config::Config& config,
                                            const RevealFlags& flags) {
  if (!flags.query.empty()) return FromQuery(config, flags.query, context.blame);
  if (!flags.tokens.empty()) return FromArguments(flags.tokens);
  return FromInput(context);
}

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

std::string_view Said(Verdict verdict) {
  switch (verdict) {
    case Verdict::kVerified:
      return "verified";
    case Verdict::kNoKey:
      return "UNVERIFIED: its token key is not here";
    case Verdict::kNoMatch:
      return "UNVERIFIED: FORGED, the value has another token";
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
  const bool opened = vault::IsOpened(verdict), good = verdict == Verdict::kVerified;
  const auto maybe = [](bool there, const std::string& text) {
    return there ? JsonString(text) : "null";
  };
  return fmt::format(
      R"({{"token":{},"value":{},"verified":{},"problem":{},"domain":{},"canonical":{},"recipient":{},"request":{}}})"
      "\n",
      JsonString(line.fetched.token), maybe(opened, line.revealed.value), good,
      maybe(!good, std::string(vault::VerdictCode(verdict))),
      maybe(line.fetched.found, line.fetched.domain), maybe(opened, line.revealed.canon),
      maybe(line.fetched.found, line.fetched.recipient), line.fetched.request);
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
      rows.push_back({token, line.revealed.value, std::string(Said(line.revealed.verdict))});
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

Result<> Reveal(Context& context, const config::Config& config, const RevealFlags& flags) {
  const std::string reason = TRY(CheckReason(flags.why));
  TRY(CheckClearOutput(flags.out));
  const std::vector<std::string> tokens = TRY(ReadTokens(context, config, flags));
  const std::optional<keys::KeyRing> ring = TRY(MaybeKeyRing(config, context.blame));
  const OpenedIdentity identity =
      TRY(OpenIdentity(context, flags.identity, flags.passphrase_file, keys::Purpose::kVault));
  pg::Connection connection = TRY(OpenDesk(config, context.blame, vault::CheckRevealer));

  vault::Revealer revealer(identity.id, identity.secret, ring ? &*ring : nullptr);
  const std::vector<std::string> distinct = Distinct(tokens);
  std::vector<Line> lines;
  for (std::span<const std::string> rest = distinct; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), vault::kMostTokens));
    rest = rest.subspan(some.size());
    for (Fetched& fetched : TRY(vault::FetchSealed(connection, some, reason))) {
      Revealed revealed = revealer.Open(fetched);
      lines.push_back({std::move(fetched), std::move(revealed)});
    }
  }
  std::map<std::string_view, const Line*> by_token;
  for (const Line& line : lines) {
    by_token[line.fetched.token] = &line;
    const Verdict verdict = line.revealed.verdict;
    if (verdict != Verdict::kVerified && verdict != Verdict::kNoKey) context.exit_code = kFailed;
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
  CLI::Option* const tokens = command->add_option(
      "TOKEN", flags->tokens, "Which; else from standard input: a column, CSV, what psql prints");
  command
      ->add_option("--query", flags->query,
                   "Those in the rows of this query, which runs read-only as the config's user")
      ->type_name("SQL")
      ->excludes(tokens);
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
