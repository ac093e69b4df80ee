#include "config/interpolate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/codes.h"

namespace bauta::config {
namespace {

constexpr int kMaxNesting = 8;

bool IsName(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

// The index of the brace that closes what `text` opens with "${", or npos.
std::size_t ClosingBrace(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && (text[i + 1] == '{' || text[i + 1] == '$')) {
      if (text[++i] == '{') ++depth;
    } else if (text[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

class Interpolator {
 public:
  Interpolator(const Environment& environment, const ReadFile& read_file)
      : environment_(environment), read_file_(read_file) {}

  std::variant<Expanded, InterpolationFault> Run(std::string_view text) {
    Expand(text, 0);
    if (fault_) return std::move(*fault_);
    return std::move(out_);
  }

 private:
  void Fail(std::string_view code, std::string message, std::string hint = {}) {
    if (!fault_) fault_ = InterpolationFault{code, std::move(message), std::move(hint)};
  }

  void Expand(std::string_view text, int depth) {
    if (depth > kMaxNesting) return Fail(codes::kBadInterpolation, "defaults nested too deep");
    while (!text.empty() && !fault_) {
      const std::size_t dollar = text.find('$');
      out_.text += text.substr(0, dollar);
      if (dollar == std::string_view::npos) return;
      text.remove_prefix(dollar);
      if (text.starts_with("$$")) {
        out_.text += '$';
        text.remove_prefix(2);
      } else if (text.starts_with("${")) {
        const std::size_t end = ClosingBrace(text);
        if (end == std::string_view::npos) {
          return Fail(codes::kBadInterpolation, "\"${\" without its \"}\"",
                      "close it, or write $$ for a dollar sign");
        }
        Braces(text.substr(2, end - 2), depth);
        text.remove_prefix(end + 1);
      } else {
        out_.text += '$';
        text.remove_prefix(1);
      }
    }
  }

  void Braces(std::string_view inside, int depth) {
    out_.changed = true;
    if (inside.starts_with("file:")) return File(std::string(inside.substr(5)));
    const std::size_t colon = inside.find(':');
    const std::string_view name = inside.substr(0, colon);
    const std::string_view rest = colon == std::string_view::npos ? "" : inside.substr(colon);
    if (!IsName(name) || (!rest.empty() && !rest.starts_with(":-") && !rest.starts_with(":?"))) {
      return Fail(codes::kBadInterpolation, "cannot read an interpolation",
                  "${NAME}, ${NAME:-default}, ${NAME:?why} or ${file:/path}; $$ is a dollar sign");
    }
    const auto found = environment_.find(name);
    if (found != environment_.end() && (rest.empty() || !found->second.empty())) {
      out_.text += found->second;
    } else if (rest.starts_with(":-")) {
      Expand(rest.substr(2), depth + 1);
    } else {
      Undefined(name, rest);
    }
  }

  void Undefined(std::string_view name, std::string_view rest) {
    const std::string_view why = rest.empty() ? "" : rest.substr(2);
    Fail(codes::kUndefined,
         fmt::format("${{{}}} is not set{}{}", name, why.empty() ? "" : ": ", why),
         fmt::format("set {0} in the environment, or give a default: ${{{0}:-...}}", name));
  }

  void File(const std::string& path) {
    Result<std::string> read = read_file_(path);
    if (!read.ok()) {
      return Fail(codes::kSecretFile,
                  fmt::format("cannot read file \"{}\": {}", path, read.error().message));
    }
    std::string text = std::move(read).value();
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (!IsValidUtf8(text) || text.find('\0') != std::string::npos) {
      return Fail(codes::kSecretFile, fmt::format("file \"{}\" is not UTF-8 text", path));
    }
    out_.from_file = true;
    out_.text += text;
  }

  const Environment& environment_;
  const ReadFile& read_file_;
  Expanded out_;
  std::optional<InterpolationFault> fault_;
};

}  // namespace

std::variant<Expanded, InterpolationFault> Interpolate(std::string_view text,
                                                       const Environment& environment,
                                                       const ReadFile& read_file) {
  return Interpolator(environment, read_file).Run(text);
}

}  // namespace bauta::config
