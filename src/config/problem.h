// What is wrong with a setup, where, and what helps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bauta::config {

enum class Severity { kError, kWarning };

// Holds no secret: whoever makes one leaves `source_line` empty where it might hold one.
struct Problem {
  std::string code;  // "E012": config/codes.h.
  Severity severity = Severity::kError;
  std::string path = {};     // "columns.masked_ip"; empty for the whole.
  std::string file = {};     // As given, or "--set workers", "BAUTA__WORKERS"; may be empty.
  int line = 0, column = 0;  // From 1, in characters; 0 = no place.
  std::string message = {}, hint = {};
  std::string source_line = {};
};

bool HasErrors(const std::vector<Problem>& problems);
// In reading order: by line and column; what has no place comes last.
void SortByPlace(std::vector<Problem>& problems);

// "bauta.yaml:14:7: error[E012] columns.masked_ip: unknown key ..." with the source line, a caret
// and the hint below; ends with a newline.  "bauta: " stands for a place that there is not.
std::string Format(const Problem& problem, bool color = false);
// An array of {code,severity,path,file,line,column,message,hint} on one line.
std::string ToJson(const std::vector<Problem>& problems);

}  // namespace bauta::config
