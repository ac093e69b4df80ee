#include "config/redact.h"

#include <algorithm>
#include <array>

namespace bauta::config {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

// Whether `word` stands there as (the end of) a key or a variable with a default: "url:", "_url
// :-".
bool IsKeyOf(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::size_t next = line.find_first_not_of(" \t\"'", at + word.size());
    if (next != std::string_view::npos && (line[next] == ':' || line[next] == '=')) return true;
  }
  return false;
}

}  // namespace

std::string RedactUrl(std::string_view url) {
  std::string out(url);
  if (out.find("://") == std::string::npos && out.find('=') == std::string::npos) return "***";
  const std::size_t scheme = out.find("://");
  if (scheme != std::string::npos) {
    const std::size_t start = scheme + 3;
    const std::size_t at = out.rfind('@');
    const std::size_t colon = out.find(':', start);
    if (at != std::string::npos && at >= start && colon < at) {
      out.replace(colon + 1, at - colon - 1, "***");
    }
  }
  // "password=", "sslpassword =", "?password=": all that follows goes.
  const std::size_t word = Lower(out).find("passw");
  if (word == std::string::npos) return out;
  const std::size_t equals = out.find('=', word);
  return out.substr(0, equals == std::string::npos ? word : equals + 1) + "***";
}

bool MayHoldSecret(std::string_view line) {
  static constexpr std::array<std::string_view, 4> kWords = {"passw", "secret", "token", "dsn"};
  const std::string lower = Lower(line);
  if (IsKeyOf(lower, "url") || IsKeyOf(lower, "suffix")) return true;
  // An address with a user may have a password; one without has none.
  if (lower.find("://") != std::string::npos && lower.find('@') != std::string::npos) return true;
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace bauta::config
