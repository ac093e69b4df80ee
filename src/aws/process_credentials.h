#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "aws/credentials.h"

namespace bauta::aws {

// The words of a command as a POSIX shell would split them, without any of its other doings.
// kConfig: a quote that does not end, or no word at all.
Result<std::vector<std::string>> SplitCommand(std::string_view command);

// The program that the profile's credential_process names, run without a shell.  What it prints is
// read, and what it says on stderr dropped; it may take `timeout`, then it and what it started are
// killed.
Result<Provider> ProcessCredentials(const std::string& profile, const std::string& command,
                                    std::chrono::milliseconds timeout = std::chrono::seconds(60));

}  // namespace bauta::aws
