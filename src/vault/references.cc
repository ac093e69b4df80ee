#include "vault/references.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <optional>
#include <set>

#include "vault/reveal.h"

namespace bauta::vault {
namespace {

// Of columns that are there; and the tables among them that may not be read.
constexpr const char* kColumns =
    "SELECT DISTINCT format('%I.%I', n.nspname, c.relname), quote_ident(a.attname), "
    "has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT') "
    "FROM bauta.masked_column m JOIN bauta.pipeline p ON p.id = m.pipeline "
    "JOIN pg_catalog.pg_class c ON c.oid = to_regclass(p.target) "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname::text = m.column_name "
    "AND a.attnum > 0 AND NOT a.attisdropped WHERE m.mask IN ('hmac-sha256', 'aes-siv') "
    "ORDER BY 1, 2";
constexpr const char* kInVault =
    "SELECT v.token FROM pii.vault v WHERE v.token IN (SELECT unnest($1))";
constexpr const char* kAliases =
    "SELECT a.old_token, a.new_token FROM pii.token_alias a "
    "WHERE a.old_token IN (SELECT unnest($1)) "
    "UNION SELECT a.new_token, a.old_token FROM pii.token_alias a "
    "WHERE a.new_token IN (SELECT unnest($1))";

using Texts = std::vector<std::optional<std::string_view>>;
using Heads = std::map<std::string, std::set<std::string>>;

// Tokens, and what each is also called, with those of `tokens` that they belong to: all of which
// the vault has an original, or an alias.
Result<Heads> FindMembers(const ErasePlaces& places, const std::vector<std::string>& tokens) {
  Heads heads;
  // What is no token stood there before the column was masked.
  for (const std::string& token : tokens) {
    if (ParseToken(token) == token) heads[token].insert(token);
  }
  Texts asked;
  for (const auto& [token, its] : heads) asked.emplace_back(token);
  std::set<std::string, std::less<>> known;
  if (places.vault == nullptr || places.aliases_with_rows) {
    const pg::Rows pairs = TRY(places.rows.Exec(kAliases, pg::Params().Texts(asked)));
    for (int i = 0; i < pairs.size(); ++i) {
      known.insert(pairs.String(i, 0));
      known.insert(pairs.String(i, 1));
      heads[pairs.String(i, 1)].insert(pairs.String(i, 0));
    }
  }
  const pg::Rows originals = TRY(places.pii().Exec(kInVault, pg::Params().Texts(asked)));
  for (int i = 0; i < originals.size(); ++i) known.insert(originals.String(i, 0));
  std::erase_if(heads, [&](const auto& member) { return !known.contains(member.first); });
  return heads;
}

}  // namespace

Result<References> References::Read(pg::Connection& rows) {
  const pg::Rows read = TRY(rows.Query(kColumns));
  References references;
  std::set<std::string> closed;
  for (int i = 0; i < read.size(); ++i) {
    references.columns_.push_back({read.String(i, 0), read.String(i, 1)});
    if (!read.Bool(i, 2)) closed.insert(read.String(i, 0));
  }
  if (closed.empty()) return references;
  return ConfigError(fmt::format("user {} may not see whether others' rows in {} have the same "
                                 "tokens",
                                 rows.user(), fmt::join(closed, ", ")),
                     fmt::format("GRANT SELECT ON {} TO {};", fmt::join(closed, ", "),
                                 pg::QuoteName(rows.user())));
}

Result<Fates> References::Sort(const ErasePlaces& places, const std::vector<std::string>& tokens,
                               const But* but) const {
  Fates fates;
  if (tokens.empty()) return fates;
  const Heads heads = TRY(FindMembers(places, tokens));
  if (heads.empty()) return fates;

  Texts members;
  for (const auto& [member, its] : heads) members.emplace_back(member);
  pg::Params params;
  params.Texts(members);
  bool bound = false;
  std::vector<std::string> looks = {"SELECT NULL::text"};
  for (const Column& at : columns_) {
    const bool own = but != nullptr && but->table == at.table;
    looks.push_back(fmt::format(
        "SELECT x.{0}::text FROM {1} AS x WHERE x.{0}::text IN (SELECT unnest($1)){2}", at.column,
        at.table, own ? fmt::format(" AND ({}) IS NOT TRUE", but->where) : ""));
    if (own && !bound) but->bind(params);
    bound = bound || own;
  }
  const pg::Rows found =
      TRY(places.rows.Exec(fmt::format("{}", fmt::join(looks, " UNION ")), params));
  std::set<std::string_view> kept;
  for (int i = 0; i < found.size(); ++i) {
    if (found.IsNull(i, 0)) continue;
    const auto member = heads.find(found.String(i, 0));
    if (member != heads.end()) kept.insert(member->second.begin(), member->second.end());
  }
  for (const auto& [member, its] : heads) {
    bool keep = false;
    for (const std::string& head : its) keep = keep || kept.contains(head);
    (keep ? fates.kept : fates.forgotten).emplace_back(member);
  }
  return fates;
}

}  // namespace bauta::vault
