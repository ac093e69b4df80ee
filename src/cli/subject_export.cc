// `bauta subject export`: what there is about a person (GDPR, Art. 15).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/clear_output.h"
#include "cli/command.h"
#include "cli/erase_order.h"
#include "cli/identity.h"
#include "cli/key_opener.h"
#include "cli/vault_access.h"
#include "cli/whom.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "sinks/postgres_sink.h"
#include "vault/audited.h"
#include "vault/person_rows.h"
#include "vault/reveal_moved.h"

namespace bauta::cli {
namespace {

using vault::Verdict;

struct ExportFlags {
  std::string why, out, identity, passphrase_file;
};

Result<> CheckExporter(pg::Connection& connection) {
  TRY(vault::CheckLogger(connection, "pii_reveal"));
  return vault::CheckRevealer(connection);
}

// The originals of `tokens`: `"token":{...}`, joined by commas.
struct Originals {
  std::string json;
  std::size_t opened = 0;
};

void Add(Originals& all, const vault::Fetched& fetched, vault::Revealed revealed) {
  // Not every token has an original: a column without a vault has none.
  if (revealed.verdict == Verdict::kUnknown) return;
  const bool opened = revealed.opened();
  const bool good = revealed.verdict == Verdict::kVerified;
  const std::string problem(vault::VerdictCode(revealed.verdict));
  all.json += fmt::format(R"({}{}:{{"value":{},"verified":{},"problem":{},"request":{}}})",
                          all.json.empty() ? "" : ",", JsonString(fetched.token),
                          opened ? JsonString(revealed.value) : "null", good,
                          good ? "null" : JsonString(problem), fetched.request);
  all.opened += opened ? 1 : 0;
  crypto::Wipe(revealed.value);
}

// The vault's with an identity, those of aes-siv by the key ring.
Result<Originals> Reveal(pg::Connection& pii, pg::Connection& target,
                         const OpenedIdentity* identity, SivReader siv, const keys::KeyRing& ring,
                         std::span<const std::string> tokens, const std::string& reason) {
  std::optional<vault::Revealer> revealer;
  if (identity != nullptr) revealer.emplace(identity->id, identity->secret, &ring);
  Originals all;
  std::map<std::string, vault::Moved> closed;  // By token.
  std::vector<std::string> missing;
  for (const vault::Fetched& fetched : TRY(vault::FetchSealed(pii, tokens, reason))) {
    const bool sealed = vault::IsOfVault(fetched.token);
    vault::Revealed revealed = sealed ? revealer->Open(fetched) : siv.Open(fetched.token).revealed;
    if (!IsClosed(fetched, revealed)) {
      Add(all, fetched, std::move(revealed));
      continue;
    }
    missing.push_back(fetched.token);
    closed[fetched.token] = {fetched, std::move(revealed)};
  }
  const vault::OpenMoved open = OpenMovedBy(revealer ? &*revealer : nullptr, siv);
  for (auto& [token, moved] : TRY(vault::RevealMoved(
           pii, [&target] { return &target; }, open, missing, reason))) {
    moved.fetched.token = token;
    closed[token] = std::move(moved);
  }
  for (auto& [token, line] : closed) Add(all, line.fetched, std::move(line.revealed));
  return all;
}

std::string Document(const config::Config& config, const Whom& whom, const vault::PersonRows& rows,
                     const std::optional<Originals>& originals) {
  std::string list;
  for (const std::string& row : rows.rows) list += (list.empty() ? "" : ",\n") + row;
  return fmt::format(
      R"({{"subject":{{"column":{},"value":{}}},"exported_at":{},"table":{},"rows":[)"
      "\n{}\n"
      R"(],"originals":{}}})"
      "\n",
      JsonString(config.subject), JsonString(whom.text), JsonString(rows.at),
      JsonString(config.target.table), list, originals ? "{" + originals->json + "}" : "null");
}

// Of a subject whose column is clear the table has no token: then the one that erasures use.
Result<> Record(pg::Connection& pii, const vault::EraseOrder& order, const std::string& reason) {
  const std::optional<std::string_view> token = order.marks.front();
  return vault::LogAccess(pii, "subject.export", {&token, 1}, reason);
}

Result<> Export(Context& context, const config::Config& config, const ExportFlags& flags) {
  Blame& blame = context.blame;
  const std::string reason = TRY(CheckReason(flags.why));
  TRY(CheckClearOutput(flags.out));
  const ColumnRule* const column = TRY(ColumnOf(config, ""));
  const keys::KeyRing ring = TRY(LoadKeyRing(config, blame));
  std::optional<OpenedIdentity> identity;
  if (!flags.identity.empty()) {
    identity.emplace(
        TRY(OpenIdentity(context, flags.identity, flags.passphrase_file, keys::Purpose::kVault)));
  }
  const Whom whom{"", TRY(ReadWhom(context, column->column))};
  pg::Connection pii = TRY(OpenDesk(config, blame, CheckExporter));
  pg::Connection target = TRY(Connect(config, blame, "bauta subject export"));
  const TableSchema table = TRY(blame.On(config::codes::kTable, paths::kTable,
                                         sinks::ReadTableSchema(target, config.target.table)));
  TRY(CheckHasAllKeys(target, ring, blame));
  vault::EraseOrder order = TRY(MakeOrder(config, ring, table, target, whom, NowMs()));
  order.table = TRY(NameForSql(target, table));

  TRY(Record(pii, order, reason));
  vault::PersonRows rows = TRY(vault::ReadPersonRows(target, order));
  if (!identity) std::erase_if(rows.tokens, vault::IsOfVault);
  std::optional<Originals> originals;
  if (identity || !rows.tokens.empty()) {
    originals.emplace(
        TRY(Reveal(pii, target, identity ? &*identity : nullptr,
                   SivReader(config, nullptr, &ring, NowMs()), ring, rows.tokens, reason)));
  }
  TRY(WriteClearOutput(flags.out, Document(config, whom, rows, originals)));
  if (originals) crypto::Wipe(originals->json);
  if (!context.quiet) {
    fmt::print(stderr, "{} rows, {} originals\n", WithCommas(rows.rows.size()),
               originals ? WithCommas(originals->opened) : "no");
  }
  return Ok();
}

}  // namespace

void AddSubject(CLI::App& app, Context& context) {
  CLI::App* const subject = app.add_subcommand("subject", "What there is about a person");
  subject->require_subcommand(1);
  CLI::App* const command = subject->add_subcommand(
      "export", "The rows of the person that standard input names, as JSON, and their originals");
  const auto flags = std::make_shared<ExportFlags>();
  command
      ->add_option("--reason", flags->why, "Why, in 8 to 500 characters: it is kept in the audit")
      ->required();
  command->add_option("--out", flags->out, "Write to this new file (0600), not to the terminal")
      ->type_name("FILE");
  AddIdentityFlags(*command, flags->identity, flags->passphrase_file,
                   "The vault's identity file: with the originals there too");
  command->callback([&context, flags] {
    context.WithConfig(
        [&](const config::Config& config) { return Export(context, config, *flags); });
  });
}

}  // namespace bauta::cli
