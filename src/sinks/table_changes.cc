#include "sinks/table_changes.h"

#include <fmt/format.h>

#include <utility>

#include "sinks/describe.h"
#include "sinks/postgres_sink.h"

namespace bauta::sinks {
namespace {

// How wide a type is among those that take each other's values; 0 if it is of no such family.
int WidthAmong(ColumnType type, bool integers) {
  switch (type) {
    case ColumnType::kInt16:
      return integers ? 1 : 0;
    case ColumnType::kInt32:
      return integers ? 2 : 0;
    case ColumnType::kInt64:
      return integers ? 3 : 0;
    case ColumnType::kVarchar:
      return integers ? 0 : 1;
    case ColumnType::kText:
      return integers ? 0 : 2;
    default:
      return 0;
  }
}

bool TypeHolds(ColumnType is, ColumnType was) {
  if (is == was) return true;
  for (const bool integers : {true, false}) {
    const int wide = WidthAmong(is, integers), narrow = WidthAmong(was, integers);
    if (narrow > 0 && wide > narrow) return true;
  }
  return false;
}

Result<> CheckStillFits(pg::Connection& connection, const Target& target) {
  const Error changed = ConfigError(
      "the registry of keys and masks changed during the run",
      "run again: the config is compared with what `bauta init` registered at the start");
  if (!target.still_fits) return changed;
  const Result<> fits = target.still_fits(connection);
  if (fits.ok() || fits.error().code != ErrorCode::kConfig) return fits;
  return ConfigError(changed.message + ": " + fits.error().message, fits.error().hint);
}

// After the fingerprint: what changes in between is a change of it.
Result<vault::Kids> ReadRetired(pg::Connection& connection) {
  const pg::Rows rows =
      TRY(connection.Query("SELECT kid FROM bauta.key WHERE status <> 'ENABLED'"));
  vault::Kids kids;
  for (int i = 0; i < rows.size(); ++i) kids.insert(rows.String(i, 0));
  return kids;
}

}  // namespace

std::string FingerprintSql(const std::string& quoted_table) {
  return fmt::format(
      "(SELECT string_agg(concat_ws(' ', attname, atttypid, atttypmod, attnotnull, attidentity), "
      "', ' ORDER BY attnum) FROM pg_catalog.pg_attribute WHERE attnum > 0 AND NOT attisdropped "
      "AND attrelid = pg_catalog.to_regclass({}))",
      pg::QuoteLiteral(quoted_table));
}

std::string RegisteredSql(std::int16_t pipeline_id) {
  return fmt::format(
      "concat_ws('; ', (SELECT string_agg(concat_ws(' ', kid, kcv, status), ', ' ORDER BY kid) "
      "FROM bauta.key), (SELECT string_agg(concat_ws(' ', column_name, mask, domain, canonical, "
      "bits), ', ' ORDER BY column_name) FROM bauta.masked_column WHERE pipeline = {0}), "
      "(SELECT key_spec FROM bauta.pipeline WHERE id = {0}))",
      pipeline_id);
}

bool Holds(const Column& is, const Column& was) {
  if (!TypeHolds(is.type, was.type)) return false;
  if (is.max_chars != 0 && (was.max_chars == 0 || is.max_chars < was.max_chars)) return false;
  return is.precision == 0 || (is.precision == was.precision && is.scale == was.scale);
}

Result<> ReadTarget(pg::Connection& connection, const TableSchema& mapped,
                    const std::vector<std::string>& columns, Target& target) {
  const std::string name = QuotedTable(mapped);
  const std::string registered_sql = RegisteredSql(target.pipeline_id);
  target.fingerprint_sql =
      fmt::format("concat_ws('; ', {}, {})", FingerprintSql(name), registered_sql);
  const pg::Rows read =
      TRY(connection.Query(fmt::format("SELECT {}, {}", target.fingerprint_sql, registered_sql)));
  std::string fingerprint = read.String(0, 0);
  if (!target.registered) target.registered = read.String(0, 1);
  if (*target.registered != read.Text(0, 1)) {
    TRY(CheckStillFits(connection, target));
    target.registered = read.String(0, 1);
  }
  vault::Kids retired = TRY(ReadRetired(connection));
  const TableSchema now = TRY(ReadTableSchema(connection, name));
  RowEncoder encoder = TRY(RowEncoder::Make(now, columns));
  for (const std::string& column : columns) {
    const Column *was = mapped.Find(column), *is = now.Find(column);
    if (was == nullptr || !Holds(*is, *was)) {
      return ConfigError(fmt::format("column {} of table {} has changed to {} during the run",
                                     column, name, is->type_name),
                         "run again: the types are read at the start");
    }
  }
  target.encoder = std::move(encoder);
  target.retired = std::move(retired);
  target.fingerprint = std::move(fingerprint);
  return Ok();
}

}  // namespace bauta::sinks
