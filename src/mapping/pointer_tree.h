#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bauta::mapping {

// The reference tokens of an RFC 6901 JSON Pointer, unescaped; nothing if it is none.
std::optional<std::vector<std::string>> ParsePointer(std::string_view pointer);

// The pointers of all rules as one tree, so that one walk over an event resolves them all.
// Immutable once filled; safe for use by several threads then.
class PointerTree {
 public:
  struct Node {
    std::string token;                   // What leads here from the parent.
    std::optional<std::uint32_t> index;  // The same as an array index, if it is one.
    std::vector<std::uint32_t> rules;    // Those whose pointer ends here.
    std::vector<std::uint32_t> children;
  };

  PointerTree() : nodes_(1) {}
  // False if `pointer` is no JSON Pointer.
  [[nodiscard]] bool Add(std::string_view pointer, std::uint32_t rule);

  // Node 0 is the root.
  const Node& node(std::uint32_t id) const { return nodes_[id]; }
  std::size_t size() const { return nodes_.size(); }

 private:
  std::uint32_t Child(std::uint32_t parent, const std::string& token);

  std::vector<Node> nodes_;
};

}  // namespace bauta::mapping
