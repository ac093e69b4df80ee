#include "vault/vault_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "pg/our_schema.h"
#include "sealing/vault_record.h"
#include "vault/token_parts.h"

namespace bauta::vault {
namespace {

// The order of the tokens keeps two transactions from waiting for each other.
constexpr const char* kInsert =
    "INSERT INTO pii.vault (token, domain, kid, recipient, sealed) "
    "SELECT t, d, k, $1, s FROM unnest($2, $3, $4, $5) AS u(t, d, k, s) "
    "ORDER BY t COLLATE \"C\" ON CONFLICT (token) DO NOTHING";

// Those that have rows: the first of each token that is new here.
struct New {
  std::vector<const Original*> originals;  // By token.
  std::vector<TokenBits> tokens;
};

New FindNew(KnownTokens& known, std::int64_t generation, std::span<const Original> originals,
            const std::vector<bool>& has_row) {
  New fresh;
  std::vector<const Original*> all;
  std::vector<TokenBits> tokens;
  all.reserve(originals.size());
  tokens.reserve(originals.size());
  for (const Original& original : originals) {
    if (!has_row[original.event()]) continue;
    const std::optional<TokenBits> bits = BitsOf(original.token());
    if (!bits) {  // Of a kind that cannot be remembered.
      fresh.originals.push_back(&original);
      continue;
    }
    all.push_back(&original);
    tokens.push_back(*bits);
  }
  for (const std::uint32_t i : known.Unknown(tokens, generation)) {
    fresh.originals.push_back(all[i]);
    fresh.tokens.push_back(tokens[i]);
  }
  const auto by_token = [](const Original* a, const Original* b) {
    return a->token() < b->token();
  };
  const auto same = [](const Original* a, const Original* b) { return a->token() == b->token(); };
  std::stable_sort(fresh.originals.begin(), fresh.originals.end(), by_token);
  fresh.originals.erase(std::unique(fresh.originals.begin(), fresh.originals.end(), same),
                        fresh.originals.end());
  return fresh;
}

Result<> Insert(pg::Connection& connection, const VaultWriter::Options& options,
                std::span<const Original* const> originals) {
  sealing::VaultSealer sealer = TRY(sealing::VaultSealer::Make(options.recipient_key));
  std::vector<std::optional<std::string_view>> tokens, domains, kids;
  std::vector<std::string> sealed;
  for (const Original* const original : originals) {
    tokens.emplace_back(original->token());
    domains.emplace_back(original->domain());
    kids.emplace_back(KidOfToken(original->token()));
    sealed.push_back(sealer.Seal(*original));
  }
  TRY(connection.Exec(kInsert, pg::Params()
                                   .Text(options.recipient)
                                   .Texts(tokens)
                                   .Texts(domains)
                                   .Texts(kids)
                                   .BytesArray(sealed)));
  return Ok();
}

// It is never a row's fault.
Error OfTheVault(const pg::Connection& connection, Error error) {
  error.message = "the vault: " + error.message;
  if (error.code == ErrorCode::kRetryable || !error.hint.empty()) return error;
  error.hint = connection.last_failure().sqlstate == "42501"
                   ? "`bauta check` names the privileges that are missing"
                   : "run `bauta check`";
  return error;
}

}  // namespace

const char* const VaultWriter::kBegin =
    "SELECT pg_advisory_xact_lock_shared(1650554225, 2);SELECT n FROM pii.generation";

Result<std::int64_t> VaultWriter::GenerationOf(const pg::Connection::Progress& begun) {
  if (begun.results.empty() || begun.results.back().size() != 1) {
    return ConfigError("pii.generation is empty", "run `bauta init`");
  }
  return begun.results.back().Int(0, 0);
}

Result<> VaultWriter::Write(pg::Connection& connection, std::int64_t generation,
                            std::span<const Original> originals, const std::vector<bool>& has_row) {
  written_.clear();
  generation_ = generation;
  epoch_ = options_.known->epoch();
  New fresh = FindNew(*options_.known, generation, originals, has_row);
  if (fresh.originals.empty()) return Ok();
  const Result<> inserted = Insert(connection, options_, fresh.originals);
  if (!inserted.ok()) {
    return is_apart() ? inserted : OfTheVault(connection, inserted.error());
  }
  written_ = std::move(fresh.tokens);
  return Ok();
}

void VaultWriter::Reconnected() {
  if (!is_apart()) options_.known->Forget();
}

void VaultWriter::Committed() {
  if (written_.empty()) return;
  options_.known->Add(written_, generation_, epoch_);
  written_.clear();
}

Result<> VaultWriter::Prepare(std::span<const Original> originals) {
  written_.clear();
  if (!is_apart() || connection_ || originals.empty()) return Ok();
  TRY(OpenApart());
  const Result<std::int64_t> begun = BeginApart();
  if (!begun.ok()) return ExplainApart(begun.error());
  if (!connection_->Rollback()) connection_.reset();
  return Ok();
}

Result<> VaultWriter::OpenApart() {
  connection_.reset();
  Result<pg::Connection> opened = pg::Connection::Open(*options_.apart);
  if (!opened.ok()) {
    Error error = opened.error();
    error.message = "the vault's database: " + error.message;
    return error;
  }
  connection_.emplace(std::move(opened).value());
  options_.known->Forget();
  return Ok();
}

Result<> VaultWriter::WriteApart(std::span<const Original> originals,
                                 const std::vector<bool>& has_row) {
  if (!connection_ || !connection_->Rollback()) TRY(OpenApart());
  const Result<> done = CommitApart(originals, has_row);
  return done.ok() ? done : ExplainApart(done.error());
}

Result<std::int64_t> VaultWriter::BeginApart() {
  const std::string sql = std::string(pg::kBeginWriting) + ";" + kBegin;
  return GenerationOf(TRY(connection_->Run(sql)));
}

Result<> VaultWriter::CommitApart(std::span<const Original> originals,
                                  const std::vector<bool>& has_row) {
  const std::int64_t generation = TRY(BeginApart());
  TRY(Write(*connection_, generation, originals, has_row));
  TRY(connection_->Commit());
  Committed();
  return Ok();
}

// The next Prepare tries it again.
Error VaultWriter::ExplainApart(Error error) {
  error = OfTheVault(*connection_, std::move(error));
  if (error.code != ErrorCode::kRetryable && connection_->Rollback()) {
    const Result<pg::Rows> standby = connection_->Query("SELECT pg_catalog.pg_is_in_recovery()");
    if (standby.ok() && standby->Bool(0, 0)) {
      error =
          Retryable("the vault's database at " + connection_->place() + " is a read-only standby",
                    "name the primary, or all hosts: postgresql://one,two/database");
    }
  }
  connection_.reset();
  return error;
}

}  // namespace bauta::vault
