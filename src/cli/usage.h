#pragma once

#include <string>

#include "base/result.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace bauta::cli {

// A word that no command is called, where one was looked for; else empty.
std::string UnknownCommand(const CLI::App& app);

// What was wrong with the command line that `app` has refused: kConfig, with what was meant.
Error UsageError(const CLI::App& app, const CLI::ParseError& error);

}  // namespace bauta::cli
