#include "cli/confirm.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace bauta::cli {

Result<> Confirm(const Context& context, const ForGood& step) {
  if (context.yes) return Ok();
  if (context.no_input || isatty(STDIN_FILENO) == 0) {
    return ConfigError(fmt::format("{} and nobody can be asked", step.what), "add --yes");
  }
  fmt::print(stderr, "{} [y/N] ", step.question);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "yes") return Ok();
  return Rejected(std::string(step.otherwise));
}

}  // namespace bauta::cli
