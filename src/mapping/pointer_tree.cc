#include "mapping/pointer_tree.h"

#include <algorithm>
#include <charconv>

namespace bauta::mapping {
namespace {

std::optional<std::string> UnescapeToken(std::string_view token) {
  std::string plain;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      plain += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    plain += token[i] == '0' ? '~' : '/';
  }
  return plain;
}

std::optional<std::uint32_t> ArrayIndex(std::string_view token) {
  if (token.size() > 1 && token.front() == '0') return std::nullopt;
  std::uint32_t index = 0;
  const char* const end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, index);
  if (error != std::errc() || stop != end) return std::nullopt;
  return index;
}

}  // namespace

std::optional<std::vector<std::string>> ParsePointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return std::nullopt;
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::optional<std::string> token = UnescapeToken(pointer.substr(0, end));
    if (!token) return std::nullopt;
    tokens.push_back(std::move(*token));
    pointer.remove_prefix(end);
  }
  return tokens;
}

bool PointerTree::Add(std::string_view pointer, std::uint32_t rule) {
  const auto tokens = ParsePointer(pointer);
  if (!tokens) return false;
  std::uint32_t at = 0;
  for (const std::string& token : *tokens) at = Child(at, token);
  nodes_[at].rules.push_back(rule);
  return true;
}

std::uint32_t PointerTree::Child(std::uint32_t parent, const std::string& token) {
  for (const std::uint32_t child : nodes_[parent].children) {
    if (nodes_[child].token == token) return child;
  }
  const auto id = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({token, ArrayIndex(token), {}, {}});
  nodes_[parent].children.push_back(id);
  return id;
}

}  // namespace bauta::mapping
