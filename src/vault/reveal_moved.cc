#include "vault/reveal_moved.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace bauta::vault {
namespace {

constexpr int kRotations = 5;  // That a token is followed through.

// By the catalog: who may not use the schema cannot name what is in it.
constexpr const char* kMayRead =
    "SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') "
    "AND pg_catalog.has_table_privilege(c.oid, 'SELECT') FROM pg_catalog.pg_namespace n "
    "JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'token_alias' "
    "WHERE n.nspname = 'pii'";
constexpr const char* kAliases =
    "SELECT old_token, new_token FROM pii.token_alias WHERE old_token IN (SELECT unnest($1))";

Result<bool> MayFollow(pg::Connection& aliases) {
  const pg::Rows may = TRY(aliases.Query(kMayRead));
  if (may.size() == 0) return false;
  if (may.Bool(0, 0)) return true;
  log::Warn("reveal",
            "this user may not read pii.token_alias: tokens of before a rotation are not followed",
            {{"user", aliases.user()}, {"hint", "GRANT pii_reveal"}});
  return false;
}

Result<std::map<std::string, std::string>> ReadAliases(pg::Connection& aliases,
                                                       const std::vector<std::string>& tokens) {
  const std::vector<std::optional<std::string_view>> texts(tokens.begin(), tokens.end());
  const pg::Rows rows = TRY(aliases.Exec(kAliases, pg::Params().Texts(texts)));
  std::map<std::string, std::string> found;
  for (int row = 0; row < rows.size(); ++row) found[rows.String(row, 0)] = rows.String(row, 1);
  return found;
}

struct Followed {
  Fetched fetched;
  std::optional<Revealed> revealed;
};
using Found = std::map<std::string, Followed>;  // By the token that was asked for.

// One rotation further: those of `found` that do not open get what their aliases lead to.  False if
// none has one.
Result<bool> Follow(pg::Connection& pii, pg::Connection& aliases, const OpenMoved& open,
                    const std::string& reason, Found& found) {
  std::vector<std::string> missing;
  for (const auto& [token, followed] : found) {
    if (!followed.revealed) missing.push_back(followed.fetched.token);
  }
  const std::map<std::string, std::string> news = TRY(ReadAliases(aliases, missing));
  std::vector<Found::value_type*> moved;
  std::vector<std::string> tokens;
  for (Found::value_type& one : found) {
    const auto alias = one.second.revealed ? news.end() : news.find(one.second.fetched.token);
    if (alias == news.end()) continue;
    moved.push_back(&one);
    tokens.push_back(alias->second);
  }
  std::vector<Fetched> all = TRY(FetchSealed(pii, tokens, reason));
  for (std::size_t i = 0; i < moved.size(); ++i) {
    auto& [asked, followed] = *moved[i];
    followed.fetched = std::move(all[i]);
    followed.revealed = open(followed.fetched, asked);
  }
  return !moved.empty();
}

}  // namespace

Result<std::map<std::string, Moved>> RevealMoved(pg::Connection& pii,
                                                 const std::function<pg::Connection*()>& aliases,
                                                 const OpenMoved& open,
                                                 std::span<const std::string> tokens,
                                                 const std::string& reason) {
  std::map<std::string, Moved> all;
  pg::Connection* const where = tokens.empty() ? nullptr : aliases();
  if (where == nullptr || !TRY(MayFollow(*where))) return all;
  Found found;
  for (const std::string& token : tokens) found[token].fetched.token = token;
  for (int i = 0; i < kRotations; ++i) {
    if (!TRY(Follow(pii, *where, open, reason, found))) break;
  }
  for (auto& [token, followed] : found) {
    if (!followed.revealed) continue;
    all[token] = {std::move(followed.fetched), *std::move(followed.revealed)};
  }
  return all;
}

}  // namespace bauta::vault
