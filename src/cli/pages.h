// The manual's pages about codes, as they were when this was built.  Any thread.
#pragma once

#include <string_view>

namespace bauta::cli {

std::string_view ProblemsPage();  // docs/problems.md
std::string_view ReasonsPage();   // docs/reasons.md

}  // namespace bauta::cli
