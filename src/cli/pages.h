// Texts of other files, as they were when this was built.  Any thread.
#pragma once

#include <string_view>

namespace bauta::cli {

std::string_view ProblemsPage();  // docs/problems.md
std::string_view ReasonsPage();   // docs/reasons.md

// cli/completion.*: scripts with places for what the tree of commands says.
std::string_view BashTemplate();
std::string_view ZshTemplate();
std::string_view FishTemplate();

}  // namespace bauta::cli
