#include "cli/rotation.h"

#include <fmt/format.h>

namespace bauta::cli {

bool HasAliases(const MaskRule& rule) {
  return rule.mask == Mask::kAesSiv || (rule.mask == Mask::kHmacSha256 && rule.bits >= 128);
}

std::vector<BrokenJoin> BrokenJoins(const config::Config& config) {
  std::vector<BrokenJoin> broken;
  for (const ColumnRule& rule : config.mapping.columns) {
    if (!rule.mask) continue;
    if (IsIpcrypt(rule.mask->mask)) {
      broken.push_back({rule.column,
                        "its addresses don't say by which key they were made: fill a "
                        "new column under the new key instead"});
    } else if (rule.mask->mask == Mask::kHmacSha256 && rule.mask->bits >= 128 &&
               !rule.mask->vault) {
      broken.push_back({rule.column,
                        "it has no vault: true, so the old tokens of values that "
                        "don't come again can't be moved"});
    } else if (rule.mask->mask == Mask::kAesSiv && HasMonth(rule.mask->domain)) {
      broken.push_back({rule.column,
                        "its domain changes with the month, and an old token doesn't "
                        "say of which it is"});
    } else if (rule.mask->mask == Mask::kHmacSha256 && rule.mask->bits < 128) {
      broken.push_back({rule.column, "its tokens are of several values each (bits below 128)"});
    }
  }
  return broken;
}

Result<std::string> NextPrimary(const keys::KeyRing& ring, const std::string& to) {
  const std::string& primary = ring.primary().kid;
  std::string next = to;
  bool behind = false;
  for (const keys::KeyRing::Key& key : ring.keys()) {
    if (key.status == keys::KeyStatus::kEnabled && key.kid != primary && key.kid != to) {
      return ConfigError(
          fmt::format("key {} is still ENABLED beside the primary {}", key.kid, primary),
          fmt::format("end that rotation first: `bauta rekey`, then `bauta keys retire {}`",
                      key.kid));
    }
    if (to.empty() && behind && key.status == keys::KeyStatus::kDisabled) next = key.kid;
    behind = behind || key.kid == primary;
  }
  if (next.empty()) {
    return ConfigError(fmt::format("there is no newer key than the primary {}", primary),
                       "`bauta keys add` makes one; bring the key ring to all hosts before you "
                       "rotate");
  }
  if (next == primary) return ConfigError(fmt::format("key {} is the primary already", next));
  const keys::KeyRing::Key* const found = ring.Find(next);
  if (found == nullptr) {
    return ConfigError(fmt::format("the key ring has no key {}", next),
                       "`bauta keys list` shows which there are");
  }
  if (found < &ring.primary()) {  // Event keys, marks of erased persons and aliases go by age.
    return ConfigError(fmt::format("key {} is older than the primary {}", next, primary),
                       "there is no way back: `bauta keys add` makes a new one");
  }
  return next;
}

}  // namespace bauta::cli
