// Where originals may go: to a terminal or into a new file of mode 0600, nowhere else.
#pragma once

#include <string>

#include "base/result.h"

namespace bauta::cli {

// To be asked before anything is opened.  `out`: --out, or empty for standard output.  kConfig: the
// file exists, or standard output is no terminal (a pipe has readers that nobody knows of).
Result<> CheckClearOutput(const std::string& out);

// Writes `text` there, and wipes it.
Result<> WriteClearOutput(const std::string& out, std::string text);

}  // namespace bauta::cli
