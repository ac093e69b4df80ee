#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/arena.h"
#include "core/column_rule.h"
#include "core/reason.h"
#include "mapping/pointer_tree.h"

namespace bauta::mapping {

// What no rule reads of an event, as one JSON object for `unknown_fields: column:...`.  One thread
// at a time.
//
// Values stand in it as they are written in the body.  What is left empty is left out; an element
// of an array that a rule reads is null there, so that the others keep their places.
//
// Of what a mask is for nothing gets in: neither the value nor what is inside it; nor what stands
// where a masked pointer only leads through, if it is not the object that the pointer expects; nor
// the neighbours in an array, or under keys that are numbers, which are of the same kind.
class RestReader {
 public:
  // Every pointer must be a JSON Pointer, or empty: a constant.
  explicit RestReader(std::span<const ColumnRule> rules);

  // `body` must be an event that EventReader took.  Empty if nothing is left; else in `arena`, and
  // not longer than the body but for those nulls.  kAmbiguousKey: a key twice in one of its
  // objects; else why PostgreSQL would not take it (JsonTrouble).
  std::variant<std::string_view, Reason> Read(std::string_view body, Arena& arena);

 private:
  struct Node {
    bool read = false;      // By a rule, with all that is inside.
    bool masked = false;    // It, or what a pointer finds behind it.
    bool numbered = false;  // A masked pointer goes on by a number.
  };

  // Each takes a value from the front of text_; true if it wrote something.
  bool Value(std::uint32_t node);
  bool Object(std::uint32_t node);
  bool Array(std::uint32_t node);
  // One member or element that `child` (0: no pointer) leads to.
  bool Part(std::uint32_t child);
  std::uint32_t ChildByKey(std::uint32_t node, std::string_view key) const;
  std::uint32_t ChildByIndex(std::uint32_t node, std::uint32_t index) const;
  std::string_view TakeValue();
  void SkipSpace();
  bool Take(char c);

  PointerTree tree_;
  std::vector<Node> nodes_;
  std::string_view text_;
  std::string out_;
};

}  // namespace bauta::mapping
