// What the commands that ask schema pii have in common.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/blame.h"
#include "config/config.h"
#include "pg/connection.h"
#include "vault/access.h"

namespace bauta::cli {

// A connection to the database that has schema pii, as a user who may do what the command needs:
// `check` is one of vault/'s.  kConfig, as E064 or E067, if not.
Result<pg::Connection> OpenDesk(const config::Config& config, Blame& blame,
                                Result<> (*check)(pg::Connection&));

// --reason, without white space around it, as schema pii takes it: 8 to 500 characters.  kConfig.
Result<std::string> CheckReason(const std::string& reason, std::size_t most = 500);

// Leaves a line in the audit before `action` (quarantine.show...) touches originals; `what` of them
// is put behind the reason.  Committed when it returns.  Without schema pii there is none: then
// only the log has it.  kConfig: the reason, or a missing privilege.
Result<> RecordAccess(const config::Config& config, Blame& blame, std::string_view action,
                      const std::string& reason, const std::string& what);

}  // namespace bauta::cli
