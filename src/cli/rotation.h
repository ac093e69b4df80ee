// What a rotation of the token key would break.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "keys/key_ring.h"

namespace bauta::cli {

// A token of an old key has one of the new key that stands for it: so if it is of one value only.
bool HasAliases(const MaskRule& rule);

// A masked column whose old tokens nobody can move to a new key.
struct BrokenJoin {
  std::string column, why;
};
std::vector<BrokenJoin> BrokenJoins(const config::Config& config);

// The key that a rotation makes the primary: `to`, or the one that was added last behind the
// primary.  kConfig if there is none, it is no other, an older one, or a rotation is still under
// way.
Result<std::string> NextPrimary(const keys::KeyRing& ring, const std::string& to);

}  // namespace bauta::cli
