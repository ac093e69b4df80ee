// What the commands that ask schema pii have in common.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/blame.h"
#include "config/config.h"
#include "pg/connection.h"
#include "vault/access.h"

namespace bauta::cli {

// A connection to the database that has schema pii, as a user who may do what the command needs.
// kConfig, as E064 or E067, if not.
Result<pg::Connection> ConnectVault(const config::Config& config, Blame& blame);
Result<pg::Connection> ConnectVault(const config::Config& config, const vault::Need& need,
                                    Blame& blame);

// --reason, without white space around it, as schema pii takes it: 8 to 500 characters.  kConfig.
Result<std::string> CheckReason(const std::string& reason, std::size_t most = 500);

}  // namespace bauta::cli
