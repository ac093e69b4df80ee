#include "config/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace bauta::config {
namespace {

constexpr std::size_t kLongestLine = 300;

std::string_view Name(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

std::string Place(const Problem& problem) {
  if (problem.file.empty()) return "bauta: ";
  if (problem.line == 0) return problem.file + ": ";
  return fmt::format("{}:{}:{}: ", problem.file, problem.line, problem.column);
}

// "--set workers: error[E016] must be ..." names the path already.
std::string Path(const Problem& problem) {
  if (problem.path.empty() || problem.file.ends_with(" " + problem.path)) return {};
  return problem.path + ": ";
}

// Blanks up to the caret; tabs stay tabs so that it stands below its character.
std::string Indent(std::string_view line, int column) {
  std::string indent;
  int at = 1;
  for (const char c : line) {
    if ((c & 0xc0) == 0x80) continue;
    if (at++ >= column) break;
    indent += c == '\t' ? '\t' : ' ';
  }
  return indent;
}

std::string Excerpt(const Problem& problem) {
  if (problem.source_line.empty() || problem.source_line.size() > kLongestLine) return {};
  return fmt::format("{:>5} | {}\n      | {}^\n", problem.line, problem.source_line,
                     Indent(problem.source_line, problem.column));
}

}  // namespace

bool HasErrors(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& p) { return p.severity == Severity::kError; });
}

void SortByPlace(std::vector<Problem>& problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::tuple(a.line == 0, a.line, a.column) < std::tuple(b.line == 0, b.line, b.column);
  });
}

std::string Format(const Problem& problem, bool color) {
  const std::string_view paint = problem.severity == Severity::kError ? "\x1b[1;31m" : "\x1b[1;33m";
  std::string text =
      fmt::format("{}{}{}[{}]{} {}{}\n", Place(problem), color ? paint : "", Name(problem.severity),
                  problem.code, color ? "\x1b[0m" : "", Path(problem), problem.message);
  text += Excerpt(problem);
  if (!problem.hint.empty()) text += fmt::format("      = {}\n", problem.hint);
  return text;
}

std::string ToJson(const std::vector<Problem>& problems) {
  std::string json = "[";
  for (const Problem& p : problems) {
    if (json.size() > 1) json += ',';
    json +=
        fmt::format(R"({{"code":{},"severity":"{}","path":{},"file":{},"line":{},"column":{},)"
                    R"("message":{},"hint":{}}})",
                    JsonString(p.code), Name(p.severity), JsonString(p.path), JsonString(p.file),
                    p.line, p.column, JsonString(p.message), JsonString(p.hint));
  }
  return json + "]";
}

}  // namespace bauta::config
