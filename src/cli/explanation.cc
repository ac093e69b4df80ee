#include "cli/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "cli/pages.h"
#include "cli/wrapped.h"

namespace bauta::cli {
namespace {

constexpr std::size_t kIndent = 11;

std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "error" of E012, "warning" of W001, "reason" of not_json; empty if it is no code.
std::string_view KindOf(std::string_view word) {
  const bool numbered = word.size() == 4 && std::all_of(word.begin() + 1, word.end(), IsDigit);
  if (numbered && word[0] == 'E') return "error";
  if (numbered && word[0] == 'W') return "warning";
  const auto in_word = [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || IsDigit(c); };
  return !word.empty() && std::all_of(word.begin(), word.end(), in_word) ? "reason" : "";
}

// The code that a line is the heading of, or empty.
std::string_view CodeOf(std::string_view line) {
  if (!line.starts_with("##")) return {};
  const std::string_view word = TrimAscii(line.substr(line.find_first_not_of('#')));
  return KindOf(word).empty() ? "" : word;
}

void Replace(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// "[config.md](config.md#role)" -> "docs/config.md"
void FollowLinks(std::string& text) {
  for (std::size_t at = 0; (at = text.find('[', at)) != std::string::npos; ++at) {
    const std::size_t middle = text.find("](", at);
    const std::size_t end = text.find(')', middle);
    if (middle == std::string::npos || end == std::string::npos) return;
    const std::string target = text.substr(middle + 2, end - middle - 2);
    if (target.find(".md") == std::string::npos) continue;
    text.replace(at, end + 1 - at, "docs/" + target.substr(0, target.find('#')));
  }
}

std::string Capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

// What stands in `text` from the marker on, which loses it.
std::string CutFrom(std::string& text, std::string_view marker) {
  const std::size_t at = text.find(marker);
  if (at == std::string::npos) return {};
  std::string rest(TrimAscii(std::string_view(text).substr(at + marker.size())));
  text = TrimAscii(std::string_view(text).substr(0, at));
  return rest;
}

Explanation Read(std::string_view code, std::string text) {
  Replace(text, "**Cause.**", "Cause: ");
  Replace(text, "**Cure.**", "Cure: ");
  Replace(text, "**Meaning.**", "");
  Replace(text, "**", "");
  FollowLinks(text);
  Explanation out{std::string(code), KindOf(code), {}, {}, {}};
  out.cure = Capital(CutFrom(text, "Cure: "));
  out.cause = Capital(CutFrom(text, "Cause: "));
  out.meaning = TrimAscii(text);
  return out;
}

std::string Part(std::string_view name, const std::string& text) {
  if (text.empty()) return {};
  return fmt::format("  {:<{}}{}\n", name, kIndent - 2, Wrapped(text, kIndent));
}

}  // namespace

std::vector<Explanation> ExplanationsOf(std::string_view page) {
  std::vector<Explanation> found;
  std::string_view code;
  std::string text;
  const auto finish = [&] {
    if (!code.empty()) found.push_back(Read(code, std::move(text)));
    text.clear();
  };
  while (!page.empty()) {
    const std::string_view line = TakeLine(page);
    if (line.starts_with('#')) {
      finish();
      code = CodeOf(line);
    } else if (!TrimAscii(line).empty()) {
      text += (text.empty() ? "" : " ") + std::string(TrimAscii(line));
    }
  }
  finish();
  return found;
}

std::vector<Explanation> AllExplanations() {
  std::vector<Explanation> all = ExplanationsOf(ProblemsPage());
  for (Explanation& reason : ExplanationsOf(ReasonsPage())) all.push_back(std::move(reason));
  return all;
}

std::string ToJson(const Explanation& e) {
  return fmt::format(R"({{"code":{},"kind":{},"meaning":{},"cause":{},"cure":{}}})",
                     JsonString(e.code), JsonString(e.kind), JsonString(e.meaning),
                     e.cause.empty() ? "null" : JsonString(e.cause), JsonString(e.cure));
}

std::string ToText(const Explanation& e) {
  const std::string_view where = e.kind == "reason"  ? "a reason why an event is in the quarantine"
                                 : e.kind == "error" ? "a problem that stops"
                                                     : "a warning";
  return fmt::format("{}: {}\n", e.code, where) + Part("Meaning", e.meaning) +
         Part("Cause", e.cause) + Part("Cure", e.cure);
}

}  // namespace bauta::cli
