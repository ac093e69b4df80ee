// Where what a config and a key ring say is not what the database's registry has.  Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/registry.h"

namespace bauta::schema {

inline constexpr const char* kRunInit = "run `bauta init`";

// In words, and which of the config's settings it is.
struct Difference {
  std::string what, setting;
};

// Null if `r` has none of that name.
const Registry::Key* FindKey(const Registry& r, const std::string& kid);
const Registry::MaskedColumn* FindColumn(const Registry& r, const std::string& name);

// "hmac-sha256, domain ip, canonical ip1, 128 bits"
std::string Spell(const Registry::MaskedColumn& c);
// What a changed event key means for the events that are there: "; they ...".
std::string_view EventKeyChange(const std::string& from, const std::string& to);

// The same kid with other material would give two tokens to one value: never let through.
Result<> RefuseOtherMaterial(const Registry& stored, const Registry& wanted, std::string& setting);
// Under another event key what was loaded would be loaded again.
Result<> RefuseOtherEventKey(const Registry& stored, const Registry& wanted, std::string& setting);

// A key in use that `wanted` lacks; one that is DISABLED may not have come to this host yet.
std::optional<Difference> MissingKey(const Registry& stored, const Registry& wanted);
// Likewise, one of any status but DESTROYED, or of which `wanted` has but the name.
std::optional<Difference> LostKey(const Registry& stored, const Registry& wanted);
// What of `wanted` would give existing values other tokens.
std::optional<Difference> ChangedTokens(const Registry& stored, const Registry& wanted);
Error TokensChanged(const std::string& what);

bool HasVault(const Registry::MaskedColumn& column);
enum class VaultChanges { kLost, kAny };
// A column that has another vault than before: tokens stay what they are, but of some values there
// is an original and of others none.
std::optional<Difference> ChangedVault(const Registry& stored, const Registry& wanted,
                                       VaultChanges which);
Error VaultChanged(const std::string& what);
// What `init` says of it; empty if nothing changed.  `known` may be null.
std::string VaultChange(const Registry::MaskedColumn* known, const Registry::MaskedColumn& now);

// What is merely not written down yet.
std::optional<Difference> UnregisteredKey(const Registry& stored, const Registry& wanted);
// Of all; but of the keys only what a run depends on.
std::optional<Difference> Unregistered(const Registry& stored, const Registry& wanted);

}  // namespace bauta::schema
