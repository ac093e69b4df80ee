#include "quarantine/entries.h"

#include <fmt/format.h>

#include <utility>

#include "crypto/digest.h"

namespace bauta::quarantine {
namespace {

constexpr std::uint32_t kInt8 = 20, kInt8Array = 1016;

// The entries that Bind's parameters mean, oldest first: $1..$9.
constexpr char kMatching[] = R"(
 FROM bauta.quarantine q JOIN bauta.pipeline p ON p.id = q.pipeline
 WHERE ($1::text IS NULL OR p.name = $1) AND ($2::bigint[] IS NULL OR q.id = ANY ($2))
   AND ($3::text IS NULL OR q.reason = $3) AND ($4::text IS NULL OR q.column_name = $4)
   AND ($5::bigint IS NULL OR q.at >= to_timestamp($5 / 1000.0))
   AND ($6::bigint IS NULL OR q.at < to_timestamp($6 / 1000.0))
   AND (NOT $8::boolean OR q.state = 'held')
   AND (NOT $9::boolean OR q.reason <> 'identity_expired')
 ORDER BY q.id LIMIT $7::bigint)";

pg::Params& BindNumber(pg::Params& params, std::optional<std::int64_t> number) {
  return number ? params.Int64(*number) : params.Null(kInt8);
}

pg::Params Bind(const Filter& filter, States states) {
  pg::Params params;
  params.TextOrNull(filter.pipeline.empty() ? std::nullopt : std::optional(filter.pipeline));
  if (filter.ids.empty()) {
    params.Null(kInt8Array);
  } else {
    params.Int64s(filter.ids);
  }
  params.TextOrNull(filter.reason).TextOrNull(filter.column);
  BindNumber(params, filter.since_ms);
  BindNumber(params, filter.until_ms);
  BindNumber(params, filter.limit);
  params.Bool(states == States::kHeld).Bool(filter.spare_expired);
  return params;
}

}  // namespace

const char* const kEntryColumns = R"(q.id, p.name, q.message_id_text, q.sent_ms, q.item,
 q.reason, q.column_name, q.sqlstate, q.constraint_name, q.receive_count, q.recipient, q.state,
 to_char(to_timestamp(q.sent_ms / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
 to_char(q.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))";

Result<pg::Rows> SelectEntries(pg::Connection& connection, const std::string& columns,
                               const Filter& filter, States states) {
  Result<pg::Rows> rows = connection.Exec("SELECT " + columns + kMatching, Bind(filter, states));
  if (rows.ok()) return rows;
  const std::string& state = connection.last_failure().sqlstate;
  if (state == "42P01" || state == "3F000") {
    return ConfigError(fmt::format("the database {} has no schema bauta", connection.place()),
                       "run: bauta init");
  }
  return rows;
}

Entry ReadEntry(const pg::Rows& rows, int row) {
  Entry entry;
  entry.id = rows.Int(row, 0);
  entry.pipeline = rows.String(row, 1);
  entry.message_id = rows.String(row, 2);
  entry.sent_ms = rows.Int(row, 3);
  entry.item = static_cast<std::uint32_t>(rows.Int(row, 4));
  entry.reason = rows.String(row, 5);
  entry.column = rows.Optional(row, 6);
  entry.sqlstate = rows.Optional(row, 7);
  entry.constraint = rows.Optional(row, 8);
  entry.receive_count = static_cast<int>(rows.Int(row, 9));
  entry.recipient = rows.String(row, 10);
  entry.state = rows.String(row, 11);
  entry.sent_at = rows.String(row, 12);
  entry.at = rows.String(row, 13);
  return entry;
}

Result<> CheckRecipient(const Entry& entry, const Identity& identity) {
  if (entry.recipient == identity.id) return Ok();
  return Rejected(fmt::format("entry {} is sealed for the recipient {}, the identity is {}",
                              entry.id, entry.recipient, identity.id),
                  "give the identity file of that recipient");
}

Result<sealing::Opened> Open(const Entry& entry, std::string_view sealed, sealing::Opener& opener) {
  const sealing::RecordPlace place{entry.pipeline, entry.message_id, entry.sent_ms, entry.item};
  return opener.Open(place, sealed);
}

Message MakeMessage(const Entry& entry, sealing::Opened opened) {
  Message message;
  message.key = {entry.sent_ms, crypto::LedgerId(entry.message_id)};
  message.id = entry.message_id;
  message.attributes = std::move(opened.attributes);
  message.body = std::move(opened.body);
  message.receive_count = entry.receive_count;
  message.system = std::move(opened.system);
  if (opened.alone) message.item = entry.item;
  return message;
}

}  // namespace bauta::quarantine
