#include "quarantine/quarantine.h"

#include <fmt/format.h>

#include "quarantine/entries.h"

namespace bauta::quarantine {
namespace {

Result<std::vector<Entry>> SelectAll(pg::Connection& connection, const Filter& filter) {
  const pg::Rows rows = TRY(SelectEntries(connection, kEntryColumns, filter, States::kAll));
  std::vector<Entry> entries;
  entries.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) entries.push_back(ReadEntry(rows, row));
  return entries;
}

}  // namespace

Result<std::vector<Entry>> List(pg::Connection& connection, const Filter& filter) {
  return SelectAll(connection, filter);
}

Result<sealing::Opened> Show(pg::Connection& connection, const std::string& pipeline,
                             std::int64_t id, const Identity& identity) {
  Filter filter;
  filter.pipeline = pipeline;
  filter.ids = {id};
  const std::vector<Entry> entries = TRY(SelectAll(connection, filter));
  if (entries.empty())
    return Rejected(fmt::format("the quarantine of pipeline {} has no entry {}", pipeline, id),
                    "bauta quarantine list shows what there is");
  const Entry& entry = entries.front();
  TRY(CheckRecipient(entry, identity));
  const pg::Rows rows = TRY(
      connection.Exec("SELECT sealed FROM bauta.quarantine WHERE id = $1", pg::Params().Int64(id)));
  if (rows.size() == 0 || rows.IsNull(0, 0))
    return Rejected(fmt::format("entry {} is {}: its body is gone", id, entry.state));
  sealing::Opener opener(identity.secret);
  return Open(entry, rows.Bytes(0, 0), opener);
}

Result<std::vector<std::int64_t>> SelectHeld(pg::Connection& connection, const Filter& filter) {
  const pg::Rows rows = TRY(SelectEntries(connection, "q.id", filter, States::kHeld));
  std::vector<std::int64_t> ids;
  ids.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) ids.push_back(rows.Int(row, 0));
  return ids;
}

Result<std::uint64_t> Discard(pg::Connection& connection, std::span<const std::int64_t> ids,
                              const std::string& why) {
  const pg::Rows rows =
      TRY(connection.Exec("UPDATE bauta.quarantine SET state = 'discarded', state_at = now(), "
                          "state_by = current_user || ': ' || $2::text, sealed = NULL "
                          "WHERE state = 'held' AND id = ANY ($1)",
                          pg::Params().Int64s(ids).Text(why)));
  return static_cast<std::uint64_t>(rows.affected());
}

}  // namespace bauta::quarantine
