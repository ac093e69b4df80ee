#include "vault/reveal.h"

#include <algorithm>
#include <array>
#include <utility>

#include "keys/key_ring.h"
#include "vault/access.h"
#include "vault/audited.h"
#include "vault/token_parts.h"

namespace bauta::vault {
namespace {

constexpr std::array<std::string_view, 2> kFunctions = {"reveal_request(text, text)",
                                                        "reveal_fetch(bigint[])"};
constexpr const char* kRequest =
    "SELECT t.n, pii.reveal_request(t.token, $2) "
    "FROM (SELECT * FROM unnest($1) WITH ORDINALITY AS u(token, n) ORDER BY n) AS t";
constexpr const char* kFetch = "SELECT seq, domain, recipient, sealed FROM pii.reveal_fetch($1)";
constexpr std::size_t kMostTokens = 500;  // In a transaction.

bool IsBase32(char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); }
bool IsKidChar(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsWord(char c) { return IsKidChar(c) || c == '_'; }

std::size_t Run(std::string_view text, bool (*is)(char)) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is) - text.begin());
}

// The length of the token with which `text` begins, in lower case; 0 if there is none.
std::size_t TokenLength(std::string_view text) {
  if (!text.starts_with("h1:") && !text.starts_with("s1:")) return 0;
  const std::size_t kid = Run(text.substr(3), IsKidChar);
  if (kid < 1 || kid > 12 || text.substr(3 + kid, 1) != ":") return 0;
  const std::size_t rest = 3 + kid + 1, body = Run(text.substr(rest), IsBase32);
  const std::size_t size = rest + body;
  const bool ends = size == text.size() || (!IsWord(text[size]) && text[size] != ':');
  return body >= 13 && size <= 256 && ends ? size : 0;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Appends what there is of each.
Result<> FetchSome(pg::Connection& connection, std::span<const std::string> tokens,
                   const std::string& reason, std::vector<Fetched>& all) {
  const std::vector<std::optional<std::string_view>> texts(tokens.begin(), tokens.end());
  const pg::Rows asked =
      TRY(InAuditTransaction(connection, kRequest, pg::Params().Texts(texts).Text(reason)));
  const std::size_t first = all.size();
  all.resize(first + tokens.size());
  std::map<std::int64_t, Fetched*> by_request;
  for (int row = 0; row < asked.size(); ++row) {
    const auto n = static_cast<std::size_t>(asked.Int(row, 0) - 1);
    Fetched& one = all[first + n];
    one.token = tokens[n];
    one.request = asked.Int(row, 1);
    by_request[one.request] = &one;
  }
  std::vector<std::int64_t> requests;
  for (const auto& [request, one] : by_request) requests.push_back(request);
  const pg::Rows rows = TRY(InAuditTransaction(connection, kFetch, pg::Params().Int64s(requests)));
  for (int row = 0; row < rows.size(); ++row) {
    Fetched& one = *by_request.at(rows.Int(row, 0));
    one.found = true;
    one.domain = rows.String(row, 1);
    one.recipient = rows.String(row, 2);
    one.sealed = rows.Bytes(row, 3);
  }
  return Ok();
}

}  // namespace

std::optional<std::string> ParseToken(std::string_view text) {
  std::string token = Lower(text);
  if (TokenLength(token) != token.size() || token.empty()) return std::nullopt;
  return token;
}

std::vector<std::string> FindTokens(std::string_view text) {
  const std::string lower = Lower(text);
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < lower.size(); ++at) {
    if (at > 0 && (IsWord(lower[at - 1]) || lower[at - 1] == ':')) continue;
    const std::size_t length = TokenLength(std::string_view(lower).substr(at));
    if (length == 0) continue;
    tokens.push_back(lower.substr(at, length));
    at += length - 1;
  }
  return tokens;
}

bool IsOfVault(std::string_view token) { return token.starts_with("h1:"); }

Result<> CheckRevealer(pg::Connection& connection) {
  return CheckAccess(connection, {"pii_reveal", kFunctions});
}

Result<std::vector<Fetched>> FetchSealed(pg::Connection& connection,
                                         std::span<const std::string> tokens,
                                         const std::string& reason) {
  std::vector<Fetched> all;
  while (!tokens.empty()) {
    const auto some = tokens.first(std::min(tokens.size(), kMostTokens));
    tokens = tokens.subspan(some.size());
    TRY(FetchSome(connection, some, reason, all));
  }
  return all;
}

std::string_view VerdictCode(Verdict verdict) {
  switch (verdict) {
    case Verdict::kVerified:
      return "verified";
    case Verdict::kNoKey:
      return "no_key";
    case Verdict::kNoMatch:
      return "no_match";
    case Verdict::kUnknown:
      return "unknown";
    case Verdict::kOtherRecipient:
      return "other_recipient";
    case Verdict::kDamaged:
      return "damaged";
  }
  return {};
}

const keys::KeyRing::Key* TokenCheck::KeyOf(std::string_view kid) const {
  if (ring_ == nullptr) return nullptr;
  const auto key = std::ranges::find(ring_->keys(), kid, &keys::KeyRing::Key::kid);
  const bool there = key != ring_->keys().end() && key->status != keys::KeyStatus::kDestroyed;
  return there ? &*key : nullptr;
}

std::optional<masking::TokenMask>& TokenCheck::MaskOf(std::string_view token,
                                                      const std::string& domain,
                                                      const std::string& canon) {
  const std::string kid(KidOfToken(token));
  const int bits = BitsOfToken(token);
  const auto [at, is_new] =
      masks_.try_emplace(kid + "\n" + domain + "\n" + canon + "\n" + std::to_string(bits));
  if (!is_new) return at->second;
  const keys::KeyRing::Key* const key = KeyOf(kid);
  if (key != nullptr) at->second = MaskFor(*key, domain, canon, bits);
  return at->second;
}

Verdict TokenCheck::Check(std::string_view token, const std::string& domain,
                          const std::string& canon, std::string_view value) {
  std::optional<masking::TokenMask>& mask = MaskOf(token, domain, canon);
  if (!mask) return KeyOf(KidOfToken(token)) != nullptr ? Verdict::kNoMatch : Verdict::kNoKey;
  const masking::Masked masked = mask->Mask(value, 0);
  const bool same = masked.outcome == masking::Outcome::kMasked && masked.text == token;
  return same ? Verdict::kVerified : Verdict::kNoMatch;
}

Revealed Revealer::Open(const Fetched& fetched) {
  if (!fetched.found) return {Verdict::kUnknown, {}, {}};
  if (fetched.recipient != recipient_) return {Verdict::kOtherRecipient, {}, {}};
  Result<sealing::OpenedOriginal> opened =
      opener_.Open({fetched.domain, fetched.token}, fetched.sealed);
  if (!opened.ok()) return {Verdict::kDamaged, {}, {}};
  Revealed revealed{Verdict::kNoKey, std::move(opened->value), std::move(opened->canon)};
  revealed.verdict = check_.Check(fetched.token, fetched.domain, revealed.canon, revealed.value);
  return revealed;
}

Revealed Revealer::OpenAs(const Fetched& fetched, std::string_view asked) {
  Revealed revealed = Open(fetched);
  if (revealed.verdict == Verdict::kVerified) {
    revealed.verdict = check_.Check(asked, fetched.domain, revealed.canon, revealed.value);
  }
  return revealed;
}

}  // namespace bauta::vault
