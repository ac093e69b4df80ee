#include "quarantine/forget.h"

#include <algorithm>
#include <span>
#include <utility>

#include "quarantine/entries.h"

namespace bauta::quarantine {
namespace {

constexpr std::size_t kAtOnce = 500;  // A bound for memory: bodies have up to 1 MiB.

}  // namespace

Result<FoundBodies> FindBodies(pg::Connection& connection, const Identity& identity,
                               const std::function<bool(Message&)>& is_theirs) {
  const std::vector<std::int64_t> held = TRY(SelectHeld(connection, {}));
  sealing::Opener opener(identity.secret);
  FoundBodies found;
  for (std::span<const std::int64_t> rest = held; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kAtOnce));
    rest = rest.subspan(some.size());
    Filter filter;
    filter.ids.assign(some.begin(), some.end());
    const pg::Rows rows = TRY(SelectEntries(connection, std::string(kEntryColumns) + ", q.sealed",
                                            filter, States::kHeld));
    for (int row = 0; row < rows.size(); ++row) {
      const Entry entry = ReadEntry(rows, row);
      const Result<> ours = CheckRecipient(entry, identity);
      Result<sealing::Opened> opened =
          ours.ok() ? Open(entry, rows.Bytes(row, 14), opener) : ours.error();
      if (!opened.ok()) {
        ++found.closed;
        continue;
      }
      ++found.opened;
      Message message = MakeMessage(entry, std::move(opened).value());
      if (is_theirs(message)) found.ids.push_back(entry.id);
    }
  }
  return found;
}

}  // namespace bauta::quarantine
