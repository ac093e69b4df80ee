#include "vault/person_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string_view>
#include <utility>

namespace bauta::vault {
namespace {

Result<std::vector<std::string>> Read(pg::Connection& connection, const EraseOrder& order,
                                      const std::string& sql) {
  const Result<pg::Rows> rows = connection.Exec(sql, BindPerson(order, pg::Params()));
  if (!rows.ok() && connection.last_failure().sqlstate == "42501") {
    return ConfigError(
        fmt::format("user {} may not read {}", connection.user(), order.table),
        fmt::format("GRANT SELECT ON {} TO {};", order.table, pg::QuoteName(connection.user())));
  }
  if (!rows.ok()) return rows.error();
  std::vector<std::string> texts;
  for (int i = 0; i < rows->size(); ++i) texts.push_back(rows->String(i, 0));
  return texts;
}

}  // namespace

std::string IsPersons(const EraseOrder& order, int first) {
  if (!order.person) return fmt::format("{} = ANY (${})", order.subject_column, first);
  const std::string cast = order.subject_type.empty() ? "" : "::text::" + order.subject_type;
  return fmt::format("{} = ${}{}", order.subject_column, first, cast);
}

pg::Params BindPerson(const EraseOrder& order, pg::Params params) {
  if (order.person) return params.Text(*order.person);
  const std::vector<std::optional<std::string_view>> marks(order.marks.begin(), order.marks.end());
  return params.Texts(marks);
}

Result<PersonRows> ReadPersonRows(pg::Connection& connection, const EraseOrder& order) {
  PersonRows read;
  const std::string where = IsPersons(order, 1);
  std::vector<std::string> columns = {"SELECT NULL::text AS t"};
  for (const EraseOrder::Column& column : order.columns) {
    if (!column.token) continue;
    columns.push_back(
        fmt::format("SELECT {}::text FROM {} WHERE {}", column.name, order.table, where));
  }
  TRY(connection.Query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  read.rows = TRY(
      Read(connection, order,
           fmt::format("SELECT row_to_json(t)::text FROM {} AS t WHERE {}", order.table, where)));
  read.tokens = TRY(Read(connection, order,
                         fmt::format("SELECT t FROM ({}) AS x WHERE t IS NOT NULL ORDER BY t",
                                     fmt::join(columns, " UNION "))));
  read.at = TRY(connection.Query("SELECT to_char(now() AT TIME ZONE 'UTC', "
                                 "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"))
                .String(0, 0);
  TRY(connection.Commit());
  return read;
}

}  // namespace bauta::vault
