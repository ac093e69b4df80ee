#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/arena.h"
#include "core/column_rule.h"
#include "core/row.h"
#include "mapping/event_reader.h"

namespace bauta::mapping {

// Looks for personal data in the columns that pass in clear (`on_leak`): what looks like an
// address, an e-mail, a phone, a card, or equals what another column masks.  One thread at a time.
//
// Under `warn` it looks at the first kAll events and then at one in kOneIn; under `quarantine` at
// all.
class LeakGuard {
 public:
  static constexpr std::uint64_t kAll = 256, kOneIn = 64;

  struct Finding {
    std::string_view column, looks_like;
    bool refuses;
  };

  // `rules` must outlive it.
  explicit LeakGuard(const MappingRules& rules);

  // What the event that `reader` has read has leaked into `values`, its row's: the first finding
  // that refuses it, alone, or all others.  Valid until the next call.
  std::span<const Finding> Look(std::span<const Value> values, const EventReader& reader,
                                Arena& arena);

 private:
  struct Clear {
    std::size_t index;  // Of the value.
    std::string_view column;
    bool refuses;
    bool is_rest;
    // Numbers of 14 to 16 digits: ids have a card's check digit by chance, one in ten.
    std::uint32_t cards = 0, others = 0;
  };

  bool IsDue();
  void CollectMasked(const EventReader& reader, Arena& arena);
  std::string_view LookAt(Clear& clear, const Value& value);
  bool EqualsMasked(const Value& value) const;

  std::vector<Clear> clear_;
  std::vector<std::size_t> masked_;  // Rules.
  bool refuses_ = false;             // A column of `quarantine` is there.
  std::uint64_t events_ = 0;
  std::vector<std::string_view> originals_;  // Of the event.
  std::vector<Finding> findings_;
};

}  // namespace bauta::mapping
