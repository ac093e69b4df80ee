#include "vault/references.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <optional>
#include <set>

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
// A token and what it is also called; what is no token stood there before the column was masked.
constexpr const char* kMembers =
    "WITH t AS (SELECT DISTINCT u.t FROM unnest($1) AS u (t) "
    "WHERE u.t ~ '^[hs]1:[a-z0-9]{1,12}:[a-z2-7]{13,}$'), "
    "c (head, member) AS (SELECT t, t FROM t "
    "UNION SELECT t, a.new_token FROM t JOIN pii.token_alias a ON a.old_token = t "
    "UNION SELECT t, a.old_token FROM t JOIN pii.token_alias a ON a.new_token = t) "
    "SELECT c.head, c.member FROM c WHERE c.head <> c.member "
    "OR EXISTS (SELECT FROM pii.vault v WHERE v.token = c.member) "
    "OR EXISTS (SELECT FROM pii.token_alias a WHERE c.member IN (a.old_token, a.new_token))";

using Texts = std::vector<std::optional<std::string_view>>;

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

Result<Fates> References::Sort(pg::Connection& rows, pg::Connection& pii,
                               const std::vector<std::string>& tokens, const But* but) const {
  Fates fates;
  if (tokens.empty()) return fates;
  const Texts asked(tokens.begin(), tokens.end());
  const pg::Rows known = TRY(pii.Exec(kMembers, pg::Params().Texts(asked)));
  std::map<std::string_view, std::vector<std::string_view>> heads;  // Of each member.
  for (int i = 0; i < known.size(); ++i) heads[known.Text(i, 1)].push_back(known.Text(i, 0));
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
  const pg::Rows found = TRY(rows.Exec(fmt::format("{}", fmt::join(looks, " UNION ")), params));
  std::set<std::string_view> kept;
  for (int i = 0; i < found.size(); ++i) {
    if (found.IsNull(i, 0)) continue;
    const auto member = heads.find(found.Text(i, 0));
    if (member != heads.end()) kept.insert(member->second.begin(), member->second.end());
  }
  for (const auto& [member, its] : heads) {
    bool keep = false;
    for (const std::string_view head : its) keep = keep || kept.contains(head);
    (keep ? fates.kept : fates.forgotten).emplace_back(member);
  }
  return fates;
}

}  // namespace bauta::vault
