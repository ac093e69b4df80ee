// Message bodies from a file: a JSON array, NDJSON, or a folder of such files, gzip or not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bauta::cli {

// A text that parses as one JSON array gives its elements; any other, its lines that are not blank.
// A string is the body as it is, all else compact JSON, numbers as they were written.  kRejected,
// with the line: an element that is no JSON.
Result<std::vector<std::string>> ParseBodies(std::string_view text, const std::string& name);

// `path` is a file, a folder (its files by name, hidden ones passed over), or "-" for stdin.
Result<std::vector<std::string>> ReadBodies(const std::string& path);

}  // namespace bauta::cli
