// YAML text as a small tree that keeps every key, twice if it stands twice, and where it stands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bauta::config {

struct Place {
  int line = 0, column = 0;  // From 1, in characters; 0 = none.
};

struct Entry;

struct Node {
  enum class Kind { kNull, kScalar, kMap, kList };
  Kind kind = Kind::kNull;
  std::string text;  // Of a scalar.
  Place place;
  std::vector<Entry> entries;  // Of a map; of a list, with empty keys.
  std::string override_label;  // "--set workers", "BAUTA__WORKERS"; empty: from the file.
  bool quoted = false;  // A scalar that is text, whatever it looks like: 'true', "1", a block.
};

struct Entry {
  std::string key;
  Place place;
  Node value;
};

struct YamlFault {
  Place place;
  std::string message, hint;
};

inline constexpr std::size_t kMaxYamlBytes = 1 << 20;
inline constexpr std::size_t kMaxYamlDepth = 16;

// One document of scalars, maps and lists; an empty one is an empty map.  Refuses anchors and
// aliases, more than one document, keys that are no scalar, depth beyond kMaxYamlDepth, text that
// is longer than kMaxYamlBytes or no printable UTF-8.  Never throws.
std::variant<Node, YamlFault> ParseYaml(std::string_view text);

// Line `line` of `text`, from 1, without its end.
std::string_view LineOf(std::string_view text, int line);

}  // namespace bauta::config
