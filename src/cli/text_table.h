// Columns that line up, for people.  Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bauta::cli {

struct TableColumn {
  std::string title;
  bool right = false;      // Numbers.
  std::size_t widest = 0;  // What is longer is cut and ends in "…"; 0: nothing is cut.
};

// Title line and rows, each behind `indent` spaces and ended by a newline; no trailing blanks.
// Widths count code points.  Control characters become "?": cells may come from anywhere.
std::string TextTable(const std::vector<TableColumn>& columns,
                      const std::vector<std::vector<std::string>>& rows, std::size_t indent = 2);

}  // namespace bauta::cli
