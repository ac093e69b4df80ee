#include <fmt/format.h>
#include <fmt/ranges.h>

#include "masking/token.h"
#include "pg/our_schema.h"
#include "vault/rekey.h"
#include "vault/rekey_sql.h"
#include "vault/token_parts.h"

namespace bauta::vault {
namespace {

constexpr int kPostgres14 = 140000;

constexpr const char* kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL client_min_messages = warning; "
    "SET LOCAL lock_timeout = '20s'; "
    "SELECT set_config('synchronous_commit', 'on', true) "
    "WHERE current_setting('synchronous_commit') IN ('off', 'local'); "
    "SELECT pg_advisory_xact_lock_shared(1650554225, 1); ";

constexpr const char* kDropOtherAliases =
    "DELETE FROM pii.token_alias a USING unnest($1, $2) AS u(o, n) "
    "WHERE a.old_token = u.o AND a.new_token <> u.n";

// The table itself, or its partitions down to the leaves.
constexpr const char* kParts =
    "WITH RECURSIVE parts(id) AS (SELECT $1::regclass::oid UNION ALL "
    "SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN parts p ON i.inhparent = p.id) "
    "SELECT c.oid::regclass, "
    "pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint "
    "FROM parts JOIN pg_catalog.pg_class c ON c.oid = parts.id WHERE c.relkind = 'r' ORDER BY 1";

std::string IsOld(const std::string& column, const std::string& kid) {
  return IsOfKey(pg::QuoteName(column), kid);
}

std::string AliasOf(const std::string& column) {
  return fmt::format("(SELECT a.new_token FROM pii.token_alias a WHERE a.old_token = t.{})",
                     pg::QuoteName(column));
}

// UPDATE ONLY {part} AS t SET ... WHERE ... AND {pages}
std::string UpdateSql(const RowMover::Options& options) {
  std::vector<std::string> sets, finds;
  for (const std::string& column : options.columns) {
    const std::string name = pg::QuoteName(column);
    sets.push_back(fmt::format("{0} = CASE WHEN {1} THEN coalesce({2}, t.{0}) ELSE t.{0} END", name,
                               IsOld(column, options.from), AliasOf(column)));
    finds.push_back(
        fmt::format("({} AND EXISTS {})", IsOld(column, options.from), AliasOf(column)));
  }
  return fmt::format(" AS t SET {} WHERE ({}) AND ", fmt::join(sets, ", "),
                     fmt::join(finds, " OR "));
}

}  // namespace

std::string BeginShared() { return std::string(kBegin) + pg::kLockVaultShared; }

std::string BeginAlone() { return std::string(kBegin) + pg::kLockVault; }

Result<> WriteAliases(pg::Connection& connection,
                      std::span<const std::optional<std::string_view>> old_tokens,
                      std::span<const std::optional<std::string_view>> new_tokens,
                      std::span<const std::optional<std::string_view>> domains) {
  const auto insert = [&] {
    return connection.Exec(kInsertAliases,
                           pg::Params().Texts(old_tokens).Texts(new_tokens).Texts(domains));
  };
  TRY(insert());  // Waits for whoever is writing another one: the next statement sees it.
  const pg::Rows dropped =
      TRY(connection.Exec(kDropOtherAliases, pg::Params().Texts(old_tokens).Texts(new_tokens)));
  if (dropped.affected() > 0) TRY(insert());  // Whose place is ours until COMMIT.
  return Ok();
}

Result<> CheckMayChange(pg::Connection& connection, const RowMover::Options& options) {
  std::vector<std::string> names;
  for (const std::string& column : options.columns) {
    const pg::Rows may =
        TRY(connection.Exec("SELECT pg_catalog.has_column_privilege($1::regclass, $2, 'SELECT') "
                            "AND pg_catalog.has_column_privilege($1::regclass, $2, 'UPDATE')",
                            pg::Params().Text(options.table).Text(column)));
    if (!may.Bool(0, 0)) names.push_back(pg::QuoteName(column));
  }
  if (names.empty()) return Ok();
  const std::string list = fmt::format("{}", fmt::join(names, ", "));
  return ConfigError(
      fmt::format("user {} may not change {} of table {}", connection.user(), list, options.table),
      fmt::format("for the run: GRANT SELECT ({0}), UPDATE ({0}) ON {1} TO {2};", list,
                  options.table, pg::QuoteName(connection.user())));
}

RowMover::RowMover(Options options, std::vector<Part> parts, bool ranges)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      ranges_(ranges),
      update_(UpdateSql(options_)) {
  for (const Part& part : parts_) pages_ += part.pages;
}

Result<RowMover> RowMover::Make(pg::Connection& connection, Options options) {
  const pg::Rows rows = TRY(connection.Exec(kParts, pg::Params().Text(options.table)));
  std::vector<Part> parts;
  for (int row = 0; row < rows.size(); ++row) {
    parts.push_back({rows.String(row, 0), rows.Int(row, 1)});
  }
  return RowMover(std::move(options), std::move(parts), connection.server_version() >= kPostgres14);
}

// A page has no more rows than its size takes line pointers and the least of tuples.
std::string RowMover::Pages(std::int64_t first, std::int64_t count) const {
  if (ranges_) {
    return fmt::format("t.ctid >= '({},0)' AND t.ctid < '({},0)'", first, first + count);
  }
  return fmt::format(
      "t.ctid = ANY (ARRAY(SELECT ('(' || b || ',' || i || ')')::tid FROM generate_series({}, {}) "
      "AS b, generate_series(1, current_setting('block_size')::int / 28) AS i))",
      first, first + count - 1);
}

Result<> RowMover::AddAliases(pg::Connection& connection, const std::string& where,
                              const Part& part, SivColumn& column) {
  const pg::Rows rows = TRY(connection.Query(fmt::format(
      "SELECT DISTINCT t.{0}::text FROM ONLY {1} AS t WHERE {2} AND {3}",
      pg::QuoteName(column.column), part.table, where, IsOld(column.column, options_.from))));
  std::vector<std::string> made;
  std::vector<std::optional<std::string_view>> olds, news, domains;
  made.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    const std::optional<masking::Token> token = masking::ParseToken(rows.Text(row, 0));
    if (!token || token->scheme != masking::Scheme::kS1) continue;
    std::optional<masking::SivOpener::Opened> opened = column.opener.Open(token->bytes);
    if (!opened) continue;
    const masking::Masked masked = column.mask.Mask(opened->value, 0);
    crypto::Wipe(opened->value);
    if (masked.text.empty()) continue;
    made.emplace_back(masked.text);
    olds.emplace_back(rows.Text(row, 0));
    news.emplace_back(made.back());
    domains.emplace_back(column.domain);
  }
  return olds.empty() ? Ok() : WriteAliases(connection, olds, news, domains);
}

Result<bool> RowMover::Next(pg::Connection& connection, int most) {
  while (part_ < parts_.size() && page_ >= parts_[part_].pages) {
    ++part_;
    page_ = 0;
  }
  if (part_ == parts_.size()) return false;
  const Part& part = parts_[part_];
  const std::int64_t count = std::min<std::int64_t>(most, part.pages - page_);
  const std::string where = Pages(page_, count);
  TRY(connection.Query(BeginShared()));
  for (SivColumn& column : options_.siv) TRY(AddAliases(connection, where, part, column));
  const pg::Rows changed = TRY(connection.Query("UPDATE ONLY " + part.table + update_ + where));
  TRY(connection.Commit());
  rows_ += static_cast<std::uint64_t>(changed.affected());
  page_ += count;
  done_ += count;
  return true;
}

Result<std::vector<std::pair<std::string, std::int64_t>>> RowMover::Count(
    pg::Connection& connection, const Options& options) {
  std::vector<std::pair<std::string, std::int64_t>> counts;
  std::string list;
  for (const std::string& column : options.columns) {
    list += fmt::format("{}count(*) FILTER (WHERE {})", list.empty() ? "" : ", ",
                        IsOld(column, options.from));
  }
  if (list.empty()) return counts;
  const pg::Rows row =
      TRY(connection.Query(fmt::format("SELECT {} FROM {} AS t", list, options.table)));
  for (std::size_t i = 0; i < options.columns.size(); ++i) {
    counts.emplace_back(options.columns[i], row.Int(0, static_cast<int>(i)));
  }
  return counts;
}

}  // namespace bauta::vault
