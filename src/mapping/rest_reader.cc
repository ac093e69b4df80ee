#include "mapping/rest_reader.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "mapping/json.h"

namespace bauta::mapping {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string PlainKey(std::string_view raw) {
  std::string plain(raw.size(), '\0');
  const std::optional<std::size_t> size = Unescape(raw, plain.data());
  // A key that no UTF-8 can hold is itself: JsonTrouble refuses it.
  if (!size) return std::string(raw);
  plain.resize(*size);
  return plain;
}

// A key twice in one of the objects of this JSON: jsonb keeps the last of two and says nothing.
bool HasTwins(std::string_view text) {
  std::vector<std::pair<std::uint32_t, std::string>> keys;  // Each with the number of its object.
  std::vector<std::uint32_t> open;
  std::uint32_t objects = 0;
  while (true) {
    text.remove_prefix(std::min(text.find_first_of("\"{}"), text.size()));
    if (text.empty()) break;
    if (text.front() == '"') {
      const std::string_view raw = TakeString(text);
      text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
      if (text.starts_with(':')) keys.emplace_back(open.back(), PlainKey(raw));
      continue;
    }
    if (text.front() == '{') {
      open.push_back(objects++);
    } else {
      open.pop_back();
    }
    text.remove_prefix(1);
  }
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

}  // namespace

RestReader::RestReader(std::span<const ColumnRule> rules) {
  // CheckRules has refused what is no pointer.
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].from.empty() && rules[i].origin == Origin::kPointer)
      (void)tree_.Add(rules[i].from, i);
  }
  nodes_.resize(tree_.size());
  // A child stands behind its parent.
  for (std::size_t i = tree_.size(); i-- > 0;) {
    const PointerTree::Node& node = tree_.node(static_cast<std::uint32_t>(i));
    for (const std::uint32_t rule : node.rules) {
      nodes_[i].read = true;
      nodes_[i].masked = nodes_[i].masked || rules[rule].mask.has_value();
    }
    for (const std::uint32_t child : node.children) {
      if (!nodes_[child].masked) continue;
      nodes_[i].masked = true;
      nodes_[i].numbered = nodes_[i].numbered || tree_.node(child).index.has_value();
    }
  }
  nodes_[0].numbered = false;  // An event is no array.
}

std::variant<std::string_view, Reason> RestReader::Read(std::string_view body, Arena& arena) {
  text_ = body;
  out_.clear();
  if (!Value(0)) return std::string_view();
  if (HasTwins(out_)) return Reason::kAmbiguousKey;
  if (const std::optional<Reason> trouble = JsonTrouble(out_)) return *trouble;
  return arena.Copy(out_);
}

bool RestReader::Value(std::uint32_t node) {
  SkipSpace();
  const std::size_t begin = out_.size();
  const bool wrote = text_.front() == '{' ? Object(node) : Array(node);
  if (!wrote) out_.resize(begin);
  return wrote;
}

bool RestReader::Object(std::uint32_t node) {
  Take('{');
  out_ += '{';
  bool wrote = false;
  while (!Take('}')) {
    Take(',');
    SkipSpace();
    const std::string_view raw = TakeString(text_);
    Take(':');
    const std::uint32_t child = ChildByKey(node, PlainKey(raw));
    const std::size_t begin = out_.size();
    out_.append(wrote ? ",\"" : "\"").append(raw).append("\":");
    if (Part(child)) {
      wrote = true;
    } else {
      out_.resize(begin);
    }
  }
  out_ += '}';
  return wrote;
}

bool RestReader::Array(std::uint32_t node) {
  Take('[');
  out_ += '[';
  bool wrote = false, first = true;
  for (std::uint32_t i = 0; !Take(']'); ++i) {
    if (!first) {
      Take(',');
      out_ += ',';
    }
    first = false;
    if (Part(ChildByIndex(node, i))) {
      wrote = true;
    } else {
      out_ += "null";
    }
  }
  out_ += ']';
  return wrote;
}

bool RestReader::Part(std::uint32_t child) {
  SkipSpace();
  const char first = text_.front();
  if (child == 0) {
    out_ += TakeValue();
    return true;
  }
  const Node& node = nodes_[child];
  const bool leads_on = first == '{' || (first == '[' && !node.masked);
  if (leads_on && !node.read && !node.numbered) return Value(child);
  const std::string_view value = TakeValue();
  if (node.read || node.masked) return false;
  out_ += value;
  return true;
}

std::uint32_t RestReader::ChildByKey(std::uint32_t node, std::string_view key) const {
  for (const std::uint32_t child : tree_.node(node).children) {
    if (tree_.node(child).token == key) return child;
  }
  return 0;
}

std::uint32_t RestReader::ChildByIndex(std::uint32_t node, std::uint32_t index) const {
  for (const std::uint32_t child : tree_.node(node).children) {
    if (tree_.node(child).index == index) return child;
  }
  return 0;
}

// The whole of it, however deep: no recursion.
std::string_view RestReader::TakeValue() {
  const char* const begin = text_.data();
  std::size_t depth = 0;
  do {
    const char c = text_.front();
    if (c == '"') {
      (void)TakeString(text_);
    } else if (c == '{' || c == '[') {
      ++depth;
      text_.remove_prefix(1);
    } else if (c == '}' || c == ']') {
      --depth;
      text_.remove_prefix(1);
    } else if (depth == 0) {
      text_.remove_prefix(std::min(text_.find_first_of(",}] \t\r\n"), text_.size()));
    } else {
      text_.remove_prefix(std::min(text_.find_first_of("\"{}[]"), text_.size()));
    }
  } while (depth > 0);
  return {begin, static_cast<std::size_t>(text_.data() - begin)};
}

void RestReader::SkipSpace() {
  text_.remove_prefix(std::min(text_.find_first_not_of(kSpace), text_.size()));
}

bool RestReader::Take(char c) {
  SkipSpace();
  if (text_.empty() || text_.front() != c) return false;
  text_.remove_prefix(1);
  return true;
}

}  // namespace bauta::mapping
