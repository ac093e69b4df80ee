#include "cli/anchor_file.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "base/bytes.h"
#include "base/text.h"

namespace bauta::cli {
namespace {

std::optional<vault::Anchor> MakeAnchor(std::int64_t seq, std::string_view hex) {
  vault::Anchor anchor{seq, {}};
  const std::optional<std::string> bytes = HexDecode(hex);
  if (seq < 0 || !bytes || bytes->size() != anchor.hash.size()) return std::nullopt;
  std::ranges::copy(*bytes, anchor.hash.begin());
  return anchor;
}

std::optional<vault::Anchor> ParseJson(std::string_view line) {
  simdjson::dom::parser parser;
  simdjson::dom::element object;
  std::int64_t seq = 0;
  std::string_view hash;
  if (parser.parse(simdjson::padded_string(line)).get(object) != simdjson::SUCCESS ||
      object["seq"].get(seq) != simdjson::SUCCESS || object["hash"].get(hash) != simdjson::SUCCESS)
    return std::nullopt;
  return MakeAnchor(seq, hash);
}

std::optional<vault::Anchor> ParseLine(std::string_view line) {
  if (line.starts_with('{')) return ParseJson(line);
  std::int64_t seq = 0;
  const char* const end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data(), end, seq);
  if (error != std::errc() || rest == end || *rest != ' ') return std::nullopt;
  const std::string_view hex = TrimAscii({rest, end});
  return MakeAnchor(seq, hex.substr(0, hex.find(' ')));
}

Result<std::string> ReadText(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) {
    return ConfigError(fmt::format("{}: cannot be read", file),
                       "name the file in which the output of `bauta audit anchor` was kept");
  }
  return text;
}

}  // namespace

std::string AnchorText(const vault::Anchor& anchor) {
  return fmt::format("{} {}", anchor.seq, HexEncode(AsText(anchor.hash)));
}

Result<std::vector<vault::Anchor>> ParseAnchors(std::string_view text) {
  std::vector<vault::Anchor> anchors;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = TrimAscii(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const std::optional<vault::Anchor> anchor = ParseLine(line);
    if (!anchor) {
      return ConfigError(fmt::format("line {}: is no anchor", number),
                         "an anchor is a line that `bauta audit anchor` printed: a number and 64 "
                         "hex digits, or a JSON object with seq and hash");
    }
    anchors.push_back(*anchor);
  }
  return anchors;
}

Result<std::vector<vault::Anchor>> ReadAnchors(const std::string& file) {
  const std::string text = TRY(ReadText(file));
  Result<std::vector<vault::Anchor>> anchors = ParseAnchors(text);
  if (!anchors.ok())
    return ConfigError(fmt::format("{}: {}", file, anchors.error().message), anchors.error().hint);
  if (anchors->empty()) {
    return ConfigError(fmt::format("{}: holds no anchor", file),
                       "nothing could be checked against it");
  }
  return anchors;
}

}  // namespace bauta::cli
