// The originals of an event's tokens, for the vault.  For mapping/ itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/arena.h"
#include "core/column_rule.h"
#include "core/original.h"
#include "masking/masked.h"

namespace bauta::mapping {

// What the vault must know of one column; the texts are those of its rule and of its form's name.
class OriginalsOf {
 public:
  // `canon`: the versioned name of its canonical form.
  OriginalsOf(const MaskRule& rule, std::string canon);

  // The domain of what was sent then.
  std::string_view DomainAt(std::int64_t sent_ms, Arena& arena) const;
  // `value`: as it was received; `token`: in the row of event `event`.
  Original Make(std::uint32_t event, std::string_view value, masking::Outcome outcome,
                std::string_view token, std::int64_t sent_ms, Arena& arena) const;

 private:
  std::string domain_, canon_;
  bool has_month_;
};

}  // namespace bauta::mapping
