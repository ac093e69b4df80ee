// What a code of a problem or of the quarantine means: cut out of the manual's pages, so that the
// two cannot differ.  Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bauta::cli {

struct Explanation {
  std::string code;
  std::string_view kind;  // "error", "warning" or "reason"
  std::string meaning, cause,
      cure;  // Markdown, paragraphs rejoined.  No cause: the meaning has it.
};

// Every section of a page whose heading is a code.
std::vector<Explanation> ExplanationsOf(std::string_view page);
// Of both pages.
std::vector<Explanation> AllExplanations();

// One line of JSON: {"code","kind","meaning","cause","cure"}; a cause that is not there is null.
std::string ToJson(const Explanation& explanation);
// For people, at most 90 characters a line.
std::string ToText(const Explanation& explanation);

}  // namespace bauta::cli
