// Which tokens `bauta reveal` is asked about.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "config/config.h"

namespace bauta::cli {

struct RevealInput {
  std::vector<std::string> arguments;
  std::string query;  // Runs read-only, as the config's user.
};

// What is looked for in a text: tokens, or the addresses that stand in an ipcrypt column.
enum class Wanted { kTokens, kAddresses };

// In the order in which they were given.  From the query, else the arguments, else standard input.
// kConfig: there are none, or an argument is none; it is not repeated.
Result<std::vector<std::string>> ReadTokens(Context& context, const config::Config& config,
                                            const RevealInput& input, Wanted wanted);

}  // namespace bauta::cli
