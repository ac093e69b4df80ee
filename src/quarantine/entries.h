// Reading entries and opening them.  For quarantine/ itself.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/message.h"
#include "pg/connection.h"
#include "quarantine/quarantine.h"
#include "sealing/quarantine_record.h"

namespace bauta::quarantine {

enum class States { kAll, kHeld };

extern const char* const kEntryColumns;  // What ReadEntry reads.

// `columns` of bauta.quarantine (q), of those that are meant, oldest first.
// kConfig if our schema is missing.
Result<pg::Rows> SelectEntries(pg::Connection& connection, const std::string& columns,
                               const Filter& filter, States states);
Entry ReadEntry(const pg::Rows& rows, int row);

// kRejected if it is sealed for somebody else.
Result<> CheckRecipient(const Entry& entry, const Identity& identity);
// The event in clear.  kRejected: the record is damaged.
Result<sealing::Opened> Open(const Entry& entry, std::string_view sealed, sealing::Opener& opener);

// The message as it was delivered, and so with the same row for the same rules.
Message MakeMessage(const Entry& entry, sealing::Opened opened);

}  // namespace bauta::quarantine
