#include "cli/clear_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "crypto/secret_bytes.h"
#include "keys/key_file.h"

namespace bauta::cli {

Result<> CheckClearOutput(const std::string& out) {
  if (!out.empty()) return keys::CheckAllFree({out});
  if (isatty(STDOUT_FILENO) != 0) return Ok();
  return ConfigError("originals go to a terminal or a new private file only",
                     "give --out FILE; it is made with mode 0600, for jq or what else reads it");
}

Result<> WriteClearOutput(const std::string& out, std::string text) {
  Result<> done = Ok();
  if (!out.empty()) {
    done = keys::WriteNewFiles({{out, text}});
  } else if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
             std::fflush(stdout) != 0) {
    done = Fatal("the terminal is gone");
  }
  crypto::Wipe(text);
  return done;
}

}  // namespace bauta::cli
