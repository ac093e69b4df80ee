#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/column_rule.h"
#include "core/reason.h"
#include "mapping/json.h"
#include "mapping/json_index.h"
#include "mapping/pointer_tree.h"

namespace bauta::mapping {

// Objects and arrays inside each other; one more is too_deep.
inline constexpr int kMaxDepth = 1024;

// What one rule's pointer led to in an event.
struct Found {
  enum class State : std::uint8_t { kAbsent, kFound, kAmbiguous };
  State state = State::kAbsent;
  Json json;  // For kFound; points into the body.
};

// Reads an event: validates the whole of the body against RFC 8259 and finds what every rule points
// to, in one walk.  One thread at a time.
class EventReader {
 public:
  // Every pointer must be a JSON Pointer, or empty: then it leads nowhere, as any other origin.
  explicit EventReader(std::span<const ColumnRule> rules);

  // Why `body` is no event, if it is none.  Else what follows tells of it, until the next call and
  // as long as `body` stays where it is.
  std::optional<Reason> Read(std::string_view body);
  // The same for any JSON value, which is then the one that it returns.
  std::variant<Json, Reason> ReadJson(std::string_view text);
  // Found elsewhere, for a rule that no pointer leads to; until the next Read.
  void Put(std::size_t rule, const Found& found) { found_[rule] = found; }

  const Found& found(std::size_t rule) const { return found_[rule]; }
  // True if there was a key that no pointer reads, leads through or holds inside.
  bool has_unknown_key() const { return has_unknown_key_; }

  // The one value that `text` is, if it is JSON; leaves what was read as it is.
  std::optional<Json> ParseText(std::string_view text);

 private:
  struct Place {
    static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};
    std::uint32_t node = kNowhere;  // Of the tree; kNowhere if no pointer leads here.
    bool inside = false;            // Of a value that a pointer reads whole.
  };

  bool ScanWhole(std::string_view text, Place root, Json* value);
  bool WalkValue(Place place, int depth, Json* value);
  bool WalkObject(Place place, int depth);
  bool WalkMember(Place place, int depth, std::uint32_t& hint);
  bool WalkArray(Place place, int depth);
  bool WalkString(Json* value);
  bool WalkScalar(Json* value);

  Place Enter(std::uint32_t node);
  Place MemberPlace(Place object, std::string_view raw_key, std::uint32_t& hint);
  Place ElementPlace(Place array, std::uint32_t index);
  void Keep(std::uint32_t node, const Json& json);
  void MarkAmbiguous(std::uint32_t node);

  char Peek() const;
  std::string_view TakeToken();
  bool Fail(Reason reason);

  PointerTree tree_;
  JsonIndex index_;
  std::vector<Found> found_;
  std::vector<std::uint64_t> entered_;  // For each node: the number of the last read that did.
  std::uint64_t read_ = 0;
  bool has_unknown_key_ = false;
  std::string key_;  // Room to unescape a key.

  // The text being walked.
  std::string_view text_;
  std::span<const std::uint32_t> tokens_;
  std::size_t at_ = 0;
  Reason failure_ = Reason::kNotJson;
};

}  // namespace bauta::mapping
