#include "cli/legacy_rows.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace bauta::cli {
namespace {

constexpr int kHashesAtOnce = 50'000;

// A user who may not is told what to grant; else the error as it is.
Error WithGrant(const pg::Connection& connection, Error error, const std::string& table) {
  if (connection.last_failure().sqlstate != "42501") return error;
  error.code = ErrorCode::kConfig;
  error.hint =
      fmt::format("GRANT SELECT, UPDATE ON {} TO {};", table, pg::QuoteName(connection.user()));
  return error;
}

}  // namespace

LegacyRows::LegacyRows(pg::Connection& reader, pg::Connection& writer, const TableSchema& table,
                       std::string_view column)
    : reader_(reader),
      writer_(writer),
      table_(pg::QuoteName(table.schema) + "." + pg::QuoteName(table.name)),
      column_(pg::QuoteName(column)) {}

Result<> LegacyRows::Declare(const std::string& what) {
  // Between two fetches the other connection writes: that must not count as idle.
  const Result<pg::Rows> declared = reader_.Query(fmt::format(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
      "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0;"
      "DECLARE legacy NO SCROLL CURSOR FOR SELECT {} FROM {} WHERE {}::text ~ '^[0-9a-f]{{64}}$'",
      what, table_, column_));
  if (declared.ok()) return Ok();
  return WithGrant(reader_, declared.error(), table_);
}

Result<std::vector<masking::LegacyHash>> LegacyRows::ReadHashes() {
  TRY(Declare("DISTINCT " + column_ + "::text"));
  std::vector<masking::LegacyHash> hashes;
  while (true) {
    const pg::Rows rows = TRY(reader_.Query(fmt::format("FETCH {} FROM legacy", kHashesAtOnce)));
    for (int i = 0; i < rows.size(); ++i) {
      if (const auto hash = masking::ParseLegacy(rows.Text(i, 0))) hashes.push_back(*hash);
    }
    if (rows.size() < kHashesAtOnce) break;
  }
  TRY(reader_.Query("COMMIT"));
  return hashes;
}

Result<> LegacyRows::ForEach(const std::function<Result<>(std::span<const Row>)>& use) {
  TRY(Declare("ctid::text, " + column_ + "::text"));
  while (true) {
    std::vector<Row> batch;
    const pg::Rows rows = TRY(reader_.Query(fmt::format("FETCH {} FROM legacy", kBatch)));
    for (int i = 0; i < rows.size(); ++i) batch.push_back({rows.String(i, 0), rows.String(i, 1)});
    if (!batch.empty()) TRY(use(batch));
    if (rows.size() < kBatch) break;
  }
  TRY(reader_.Query("COMMIT"));
  return Ok();
}

Result<std::int64_t> LegacyRows::Put(std::span<const Row> rows,
                                     std::span<const std::string> tokens) {
  std::vector<std::optional<std::string_view>> places, hashes, values;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    places.emplace_back(rows[i].place);
    hashes.emplace_back(rows[i].text);
    values.emplace_back(tokens[i]);
  }
  // A place may hold another row by now, and each partition has the same places: but a row with
  // this hash is meant, whichever it is.
  const Result<pg::Rows> done = writer_.Exec(
      fmt::format("UPDATE {0} AS t SET {1} = u.token FROM unnest($1, $2, $3) AS u(place, hash, "
                  "token) WHERE t.ctid = u.place::tid AND t.{1}::text = u.hash",
                  table_, column_),
      pg::Params().Texts(places).Texts(hashes).Texts(values));
  if (!done.ok()) return WithGrant(writer_, done.error(), table_);
  return done->affected();
}

}  // namespace bauta::cli
