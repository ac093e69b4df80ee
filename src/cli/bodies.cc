#include "cli/bodies.h"

#include <simdjson.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <optional>

#include "base/text.h"

namespace bauta::cli {
namespace {

namespace fs = std::filesystem;

// gzread reads files that are not compressed as they are.
Result<std::string> ReadFile(const std::string& path) {
  const bool is_stdin = path == "-";
  const gzFile file = is_stdin ? gzdopen(dup(0), "rb") : gzopen(path.c_str(), "rb");
  if (file == nullptr) return Rejected(path + ": cannot be opened");
  std::string text;
  std::array<char, 65536> chunk;
  int n = 0;
  while ((n = gzread(file, chunk.data(), static_cast<unsigned>(chunk.size()))) > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(n));
  }
  const int closed = gzclose(file);
  if (n < 0 || closed != Z_OK) return Rejected(path + ": cannot be read to its end");
  return text;
}

std::string Minified(std::string_view json) {
  std::string out(json.size(), '\0');
  std::size_t size = 0;
  if (simdjson::minify(json.data(), json.size(), out.data(), size) != simdjson::SUCCESS) return "";
  out.resize(size);
  return out;
}

std::optional<std::string> Body(simdjson::ondemand::value value) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) return std::string(text);
  if (simdjson::to_json_string(value).get(text) != simdjson::SUCCESS) return std::nullopt;
  return Minified(text);
}

// The elements, if the whole text is one valid array.
std::optional<std::vector<std::string>> ParseArray(const simdjson::padded_string& text) {
  simdjson::dom::parser checker;
  simdjson::dom::array checked;
  if (checker.parse(text).get(checked) != simdjson::SUCCESS) return std::nullopt;
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::array array;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document.get_array().get(array) != simdjson::SUCCESS) return std::nullopt;
  std::vector<std::string> bodies;
  for (auto element : array) {
    simdjson::ondemand::value value;
    if (element.get(value) != simdjson::SUCCESS) return std::nullopt;
    std::optional<std::string> body = Body(value);
    if (!body) return std::nullopt;
    bodies.push_back(std::move(*body));
  }
  return bodies;
}

std::optional<std::string> ParseLine(simdjson::dom::parser& parser, std::string_view line) {
  simdjson::dom::element element;
  if (parser.parse(line.data(), line.size()).get(element) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return std::string(text);
  return Minified(line);
}

Result<std::vector<std::string>> ParseLines(std::string_view text, const std::string& name) {
  simdjson::dom::parser parser;
  std::vector<std::string> bodies;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = TrimAscii(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty()) continue;
    std::optional<std::string> body = ParseLine(parser, line);
    if (!body) {
      return Rejected(name + ":" + std::to_string(number) + ": not JSON",
                      "the file must be one JSON array, or one JSON value a line; a body that is "
                      "no JSON goes in as a string");
    }
    bodies.push_back(std::move(*body));
  }
  return bodies;
}

Result<std::vector<std::string>> ReadFolder(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator at(path, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const bool hidden = at->path().filename().string().starts_with('.');
    std::error_code unknown;  // A link that leads nowhere is no regular file.
    if (!hidden && at->is_regular_file(unknown)) names.push_back(at->path().string());
  }
  if (error) return Rejected(path + ": " + error.message());
  std::sort(names.begin(), names.end());
  std::vector<std::string> bodies;
  for (const std::string& name : names) {
    const std::string text = TRY(ReadFile(name));
    std::vector<std::string> more = TRY(ParseBodies(text, name));
    std::move(more.begin(), more.end(), std::back_inserter(bodies));
  }
  return bodies;
}

}  // namespace

Result<std::vector<std::string>> ParseBodies(std::string_view text, const std::string& name) {
  if (TrimAscii(text).starts_with('[')) {
    if (auto bodies = ParseArray(simdjson::padded_string(text))) return std::move(*bodies);
  }
  return ParseLines(text, name);
}

Result<std::vector<std::string>> ReadBodies(const std::string& path) {
  std::error_code error;
  if (path != "-" && fs::is_directory(path, error)) return ReadFolder(path);
  if (path != "-" && !fs::exists(path, error)) return Rejected(path + ": no such file");
  const std::string text = TRY(ReadFile(path));
  return ParseBodies(text, path == "-" ? "stdin" : path);
}

}  // namespace bauta::cli
