#include "sinks/ledger.h"

#include <algorithm>
#include <optional>

namespace bauta::sinks {
namespace {

constexpr const char* kInsertLedger =
    "INSERT INTO bauta.ledger (sent_ms, message_id, pipeline, slot) "
    "SELECT s, m, $3, (s / 86400000 % 64)::smallint FROM unnest($1, $2) AS u(s, m) "
    "ORDER BY s, m ON CONFLICT DO NOTHING RETURNING sent_ms, message_id";
// LIMIT keeps the planner from joining with the whole ledger.
constexpr const char* kProbe =
    "SELECT u.s, u.m FROM unnest($1, $2) AS u(s, m) CROSS JOIN LATERAL (SELECT FROM bauta.ledger l "
    "WHERE l.sent_ms = u.s AND l.message_id = u.m AND l.pipeline = $3 "
    "AND l.slot = (u.s / 86400000 % 64)::smallint LIMIT 1) AS known";

Result<std::vector<LedgerKey>> Ask(pg::Connection& connection, const char* sql, const Batch& batch,
                                   std::span<const std::uint32_t> deliveries,
                                   std::int16_t pipeline_id) {
  KeyArrays keys;
  for (const std::uint32_t i : deliveries) keys.Add(batch.deliveries[i].key);
  const pg::Rows rows = TRY(
      connection.Exec(sql, pg::Params().Int64s(keys.sent_ms).Uuids(keys.ids).Int16(pipeline_id)));
  return SortedKeys(rows);
}

}  // namespace

Result<std::vector<LedgerKey>> SortedKeys(const pg::Rows& rows) {
  std::vector<LedgerKey> keys;
  for (int i = 0; i < rows.size(); ++i) {
    const std::optional<Uuid> id = ParseUuid(rows.Text(i, 1));
    if (!id) return Fatal("PostgreSQL returned a message id that is no UUID");
    keys.push_back({rows.Int(i, 0), *id});
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

Result<std::vector<LedgerKey>> InsertLedger(pg::Connection& connection, const Batch& batch,
                                            std::span<const std::uint32_t> deliveries,
                                            std::int16_t pipeline_id) {
  return Ask(connection, kInsertLedger, batch, deliveries, pipeline_id);
}

Result<std::vector<LedgerKey>> ProbeLedger(pg::Connection& connection, const Batch& batch,
                                           std::span<const std::uint32_t> deliveries,
                                           std::int16_t pipeline_id) {
  return Ask(connection, kProbe, batch, deliveries, pipeline_id);
}

}  // namespace bauta::sinks
