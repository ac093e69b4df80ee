#include "vault/rekey.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "sealing/vault_record.h"
#include "vault/access.h"
#include "vault/rekey_sql.h"
#include "vault/token_parts.h"

namespace bauta::vault {
namespace {

constexpr std::array<std::string_view, 1> kFunctions = {"log(text, text, text)"};
constexpr std::array<TableNeed, 9> kTables = {{{"vault"},
                                               {"vault", "INSERT"},
                                               {"vault", "DELETE"},
                                               {"vault", "UPDATE", "recipient, sealed"},
                                               {"token_alias"},
                                               {"token_alias", "INSERT"},
                                               {"token_alias", "DELETE"},
                                               {"generation"},
                                               {"generation", "UPDATE", "n"}}};

constexpr const char* kReadOld =
    "SELECT token, domain, recipient, sealed, first_seen FROM pii.vault "
    "WHERE kid = $1 AND token > $2 ORDER BY token LIMIT $3";
constexpr const char* kReadAliases =
    "SELECT old_token, new_token FROM pii.token_alias WHERE old_token = ANY ($1)";
constexpr const char* kReadKnown = "SELECT token FROM pii.vault WHERE token = ANY ($1)";
constexpr const char* kInsert =
    "INSERT INTO pii.vault (token, domain, kid, recipient, sealed, first_seen) "
    "SELECT t, d, $1, $2, s, f::date FROM unnest($3, $4, $5, $6) AS u(t, d, s, f) "
    "ORDER BY t COLLATE \"C\" ON CONFLICT (token) DO NOTHING";
constexpr const char* kReadOther =
    "SELECT token, domain, recipient, sealed FROM pii.vault "
    "WHERE recipient <> $1 AND token > $2 ORDER BY token LIMIT $3";
constexpr const char* kReseal =
    "UPDATE pii.vault v SET recipient = $1, sealed = u.s FROM unnest($2, $3) AS u(t, s) "
    "WHERE v.token = u.t";
constexpr const char* kReadTokens =
    "SELECT token FROM pii.vault WHERE kid = $1 AND token > $2 ORDER BY token LIMIT $3";
constexpr const char* kDelete =
    "DELETE FROM pii.vault v USING unnest($1, $2) AS u(o, n) WHERE v.token = u.o "
    "AND v.recipient = $3 AND EXISTS (SELECT FROM pii.vault w WHERE w.token = u.n)";
constexpr const char* kBump = "UPDATE pii.generation SET n = n + 1";

std::size_t Hash(std::string_view token) { return std::hash<std::string_view>()(token); }

using Texts = std::vector<std::optional<std::string_view>>;

Fetched FetchedOf(const pg::Rows& rows, int row) {
  Fetched fetched;
  fetched.token = rows.String(row, 0);
  fetched.found = true;
  fetched.domain = rows.String(row, 1);
  fetched.recipient = rows.String(row, 2);
  fetched.sealed = rows.Bytes(row, 3);
  return fetched;
}

// Old tokens to new ones, as far as they have aliases.
Result<std::map<std::string, std::string>> Aliases(pg::Connection& connection,
                                                   const Texts& tokens) {
  const pg::Rows rows = TRY(connection.Exec(kReadAliases, pg::Params().Texts(tokens)));
  std::map<std::string, std::string> aliases;
  for (int row = 0; row < rows.size(); ++row) aliases[rows.String(row, 0)] = rows.String(row, 1);
  return aliases;
}

Texts TokensOf(const pg::Rows& rows) {
  Texts tokens;
  for (int row = 0; row < rows.size(); ++row) tokens.emplace_back(rows.Text(row, 0));
  return tokens;
}

// Those of `tokens` that have originals.
Result<std::set<std::string, std::less<>>> Present(pg::Connection& vault, const Texts& tokens) {
  const pg::Rows rows = TRY(vault.Exec(kReadKnown, pg::Params().Texts(tokens)));
  std::set<std::string, std::less<>> there;
  for (int row = 0; row < rows.size(); ++row) there.insert(rows.String(row, 0));
  return there;
}

}  // namespace

Result<> CheckRekeyer(pg::Connection& connection) {
  return CheckAccess(connection, {"pii_rekey", kFunctions, kTables});
}

OriginalMover::OriginalMover(const keys::KeyRing& ring, std::string from, std::string to,
                             Custody custody)
    : ring_(ring),
      from_(std::move(from)),
      to_(std::move(to)),
      custody_(std::move(custody)),
      revealer_(custody_.identity_id, *custody_.identity, &ring) {}

// The new key's mask for what the old key's made of a value in this domain and form.
std::optional<std::string> OriginalMover::NewToken(const Fetched& row, const Revealed& opened) {
  const int bits = BitsOfToken(row.token);
  auto [at, is_new] =
      masks_.try_emplace(row.domain + "\n" + opened.canon + "\n" + std::to_string(bits));
  if (is_new) at->second = MaskFor(*ring_.Find(to_), row.domain, opened.canon, bits);
  if (!at->second) return std::nullopt;
  const masking::Masked masked = at->second->Mask(opened.value, 0);
  if (masked.outcome != masking::Outcome::kMasked) return std::nullopt;
  return std::string(masked.text);
}

// Nothing, and counted, if it is not what its token says: a lie is not given a new token.
std::optional<OriginalMover::Pair> OriginalMover::Open(const Fetched& row) {
  Revealed opened = revealer_.Open(row);
  if (opened.verdict == Verdict::kOtherRecipient) {
    ++counts_.other_recipient;
    return std::nullopt;
  }
  std::optional<std::string> token;
  if (opened.verdict == Verdict::kVerified) token = NewToken(row, opened);
  if (token) return Pair{row.token, *token, row.domain, opened.canon, std::move(opened.value), {}};
  crypto::Wipe(opened.value);
  ++counts_.damaged;
  return std::nullopt;
}

// All are opened, also those that have an alias: whoever writes rows may write aliases, and a false
// one would make this take the original away.
Result<OriginalMover::Moves> OriginalMover::Read(pg::Connection& vault, pg::Connection* aliases,
                                                 int most) {
  const pg::Rows rows = TRY(vault.Exec(kReadOld, pg::Params().Text(from_).Text(last_).Int32(most)));
  Moves moves;
  if (rows.size() == 0) return moves;
  const auto known = TRY(Aliases(aliases == nullptr ? vault : *aliases, TokensOf(rows)));
  Texts wanted;
  for (int row = 0; row < rows.size(); ++row) {
    std::optional<Pair> pair = Open(FetchedOf(rows, row));
    if (!pair) continue;
    pair->first_seen = rows.String(row, 4);
    moves.pairs.push_back(std::move(*pair));
  }
  for (const Pair& pair : moves.pairs) wanted.emplace_back(pair.new_token);
  const auto there = TRY(Present(vault, wanted));
  counts_.known += std::erase_if(moves.pairs, [&](Pair& pair) {
    const auto alias = known.find(pair.old_token);
    const bool moved =
        alias != known.end() && alias->second == pair.new_token && there.contains(pair.new_token);
    if (!moved) return false;
    crypto::Wipe(pair.value);
    verified_.push_back(Hash(pair.old_token));
    return true;
  });
  moves.last = rows.String(rows.size() - 1, 0);
  return moves;
}

Result<> OriginalMover::Write(pg::Connection& vault, const std::vector<Pair>& pairs) const {
  sealing::VaultSealer sealer = TRY(sealing::VaultSealer::Make(custody_.recipient_key));
  Texts tokens, domains, days;
  std::vector<std::string> sealed;
  for (const Pair& pair : pairs) {
    tokens.emplace_back(pair.new_token);
    domains.emplace_back(pair.domain);
    days.emplace_back(pair.first_seen);
    sealed.push_back(sealer.Seal(Original(0, pair.new_token, pair.domain, pair.canon, pair.value)));
  }
  TRY(vault.Exec(kInsert, pg::Params()
                              .Text(to_)
                              .Text(custody_.recipient)
                              .Texts(tokens)
                              .Texts(domains)
                              .BytesArray(sealed)
                              .Texts(days)));
  return Ok();
}

Result<bool> OriginalMover::Next(pg::Connection& vault, pg::Connection* aliases, int most) {
  TRY(vault.Query(BeginShared()));
  Moves moves = TRY(Read(vault, aliases, most));
  if (moves.last.empty()) {
    TRY(vault.Commit());
    std::ranges::sort(verified_);
    return false;
  }
  const auto write = [&]() -> Result<> {
    if (moves.pairs.empty()) return vault.Commit();
    TRY(Write(vault, moves.pairs));
    Texts olds, news, domains;
    for (const Pair& pair : moves.pairs) {
      olds.emplace_back(pair.old_token);
      news.emplace_back(pair.new_token);
      domains.emplace_back(pair.domain);
    }
    // First: by it an erasure finds the new original.  The old one stays until the new one is
    // there.
    if (aliases != nullptr) TRY(aliases->Query("BEGIN; SET LOCAL lock_timeout = '20s'"));
    TRY(WriteAliases(aliases == nullptr ? vault : *aliases, olds, news, domains));
    if (aliases != nullptr) TRY(aliases->Commit());
    return vault.Commit();
  };
  const Result<> written = write();
  for (Pair& pair : moves.pairs) crypto::Wipe(pair.value);
  TRY(written);
  for (const Pair& pair : moves.pairs) verified_.push_back(Hash(pair.old_token));
  counts_.moved += moves.pairs.size();
  last_ = std::move(moves.last);
  return true;
}

Result<std::int64_t> OriginalMover::DeleteMoved(pg::Connection& vault, pg::Connection* aliases,
                                                int most, std::string& after) const {
  const pg::Rows rows =
      TRY(vault.Exec(kReadTokens, pg::Params().Text(from_).Text(after).Int32(most)));
  after = rows.size() == 0 ? "" : rows.String(rows.size() - 1, 0);
  if (rows.size() == 0) return std::int64_t{0};
  const std::map<std::string, std::string> known =
      TRY(Aliases(aliases == nullptr ? vault : *aliases, TokensOf(rows)));
  if (known.empty()) return std::int64_t{0};
  Texts olds, news;
  for (const auto& [old_token, new_token] : known) {
    if (!std::ranges::binary_search(verified_, Hash(old_token))) continue;
    olds.emplace_back(old_token);
    news.emplace_back(new_token);
  }
  if (olds.empty()) return std::int64_t{0};
  const pg::Params params = pg::Params().Texts(olds).Texts(news).Text(custody_.identity_id);
  TRY(vault.Query(BeginAlone()));
  const std::int64_t gone = TRY(vault.Exec(kDelete, params)).affected();
  if (gone > 0) TRY(vault.Query(kBump));
  TRY(vault.Commit());
  return gone;
}

Result<bool> Resealer::Next(pg::Connection& vault, int most) {
  TRY(vault.Query(BeginShared()));
  const pg::Rows rows =
      TRY(vault.Exec(kReadOther, pg::Params().Text(custody_.recipient).Text(last_).Int32(most)));
  if (rows.size() == 0) {
    TRY(vault.Commit());
    return false;
  }
  sealing::VaultSealer sealer = TRY(sealing::VaultSealer::Make(custody_.recipient_key));
  Texts tokens;
  std::vector<std::string> sealed;
  for (int row = 0; row < rows.size(); ++row) {
    const Fetched fetched = FetchedOf(rows, row);
    Revealed opened = revealer_.Open(fetched);
    if (opened.verdict == Verdict::kOtherRecipient) ++counts_.other_recipient;
    if (opened.verdict == Verdict::kDamaged) ++counts_.damaged;
    if (!opened.opened()) continue;
    tokens.emplace_back(rows.Text(row, 0));
    sealed.push_back(
        sealer.Seal(Original(0, fetched.token, fetched.domain, opened.canon, opened.value)));
    crypto::Wipe(opened.value);
  }
  if (!tokens.empty()) {
    TRY(vault.Exec(kReseal,
                   pg::Params().Text(custody_.recipient).Texts(tokens).BytesArray(sealed)));
  }
  TRY(vault.Commit());
  counts_.moved += tokens.size();
  last_ = rows.String(rows.size() - 1, 0);
  return true;
}

}  // namespace bauta::vault
