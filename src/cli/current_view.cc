#include "cli/current_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/rotation.h"
#include "pg/connection.h"

namespace bauta::cli {

std::string CurrentViewSql(const config::Config& config, const TableSchema& table) {
  std::string columns, joins;
  int number = 0;
  for (const Column& column : table.columns) {
    const std::string name = pg::QuoteName(column.name);
    const auto& rules = config.mapping.columns;
    const auto rule = std::ranges::find(rules, column.name, &ColumnRule::column);
    columns += columns.empty() ? "" : ",\n       ";
    if (rule == rules.end() || !rule->mask || !HasAliases(*rule->mask)) {
      columns += "l." + name;
      continue;
    }
    const std::string alias = fmt::format("a{}", ++number);
    columns +=
        fmt::format("coalesce({}.new_token, l.{})::{} AS {}", alias, name, column.type_name, name);
    joins += fmt::format("\nLEFT JOIN pii.token_alias {0} ON {0}.old_token = l.{1}", alias, name);
  }
  if (number == 0) return {};
  const std::string schema = pg::QuoteName(table.schema);
  const std::string view = schema + "." + pg::QuoteName(table.name + "_current");
  return fmt::format(
      "-- Whoever makes it must be allowed to read the aliases; whoever reads it need not be:\n"
      "--   GRANT USAGE ON SCHEMA pii TO ...; GRANT SELECT ON pii.token_alias TO ...;\n"
      "CREATE OR REPLACE VIEW {0} AS\nSELECT {1}\nFROM {2}.{3} l{4};\n"
      "-- GRANT SELECT ON {0} TO ...;\n",
      view, columns, schema, pg::QuoteName(table.name), joins);
}

}  // namespace bauta::cli
