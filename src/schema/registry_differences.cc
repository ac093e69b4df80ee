#include "schema/registry_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace bauta::schema {
namespace {

constexpr const char* kKeyFile = "keys.file";

// The first of a masked column's options that is not as it was.
std::string ChangedOption(const Registry::MaskedColumn& known, const Registry::MaskedColumn& now) {
  const auto of_column = [&](std::string_view option) {
    return fmt::format("columns.{}.{}", now.column, option);
  };
  if (known.mask != now.mask) return of_column("mask");
  if (now.mask == "legacy-sha256") return of_column("suffix");
  if (now.mask == "truncate") return of_column("v4");
  if (now.mask == "keep_last") return of_column("n");
  if (known.domain != now.domain) return of_column("domain");
  if (now.mask.starts_with("ipcrypt")) return kKeyFile;  // Always ip1, so it is the key.
  return of_column(known.canonical != now.canonical ? "canonical" : "bits");
}

// Of the keys only what a run depends on: its primary is in use, and known as such; every other key
// in use is known.
std::optional<Difference> UnfitKey(const Registry& stored, const Registry& wanted) {
  for (const Registry::Key& key : wanted.keys) {
    if (key.status != "ENABLED") continue;
    const Registry::Key* const known = FindKey(stored, key.kid);
    if (known == nullptr) {
      return Difference{fmt::format("key {} is not registered in the database", key.kid), kKeyFile};
    }
    if (key.kid != wanted.primary || known->status == "ENABLED") continue;
    return Difference{fmt::format("key {} makes new tokens by this key ring, but is {} in the "
                                  "database: the key ring may be an old one",
                                  key.kid, known->status),
                      kKeyFile};
  }
  return std::nullopt;
}

Difference HasNo(const Registry::Key& known) {
  return {fmt::format("the key ring has no key {}, which this database knows (check value {})",
                      known.kid, known.kcv),
          kKeyFile};
}

}  // namespace

const Registry::Key* FindKey(const Registry& r, const std::string& kid) {
  const auto at = std::find_if(r.keys.begin(), r.keys.end(),
                               [&](const Registry::Key& key) { return key.kid == kid; });
  return at == r.keys.end() ? nullptr : &*at;
}

const Registry::MaskedColumn* FindColumn(const Registry& r, const std::string& name) {
  const auto at =
      std::find_if(r.columns.begin(), r.columns.end(),
                   [&](const Registry::MaskedColumn& column) { return column.column == name; });
  return at == r.columns.end() ? nullptr : &*at;
}

std::string Spell(const Registry::MaskedColumn& c) {
  std::string text = c.mask;
  if (!c.domain.empty()) text += ", domain " + c.domain;
  if (!c.canonical.empty()) text += ", canonical " + c.canonical;
  return c.bits == 0 ? text : fmt::format("{}, {} bits", text, c.bits);
}

bool HasVault(const Registry::MaskedColumn& c) { return c.vault.value_or(false); }

std::string_view EventKeyChange(const std::string& from, const std::string& to) {
  if (from == "message") return "; events loaded before have no key, so sent again they are new";
  if (to == "message") return "; an event that is sent again is a new one from now on";
  return "; events loaded before are known by the other key, so sent again they are new";
}

Result<> RefuseOtherMaterial(const Registry& stored, const Registry& wanted, std::string& setting) {
  for (const Registry::Key& key : wanted.keys) {
    const Registry::Key* const known = FindKey(stored, key.kid);
    if (known == nullptr || known->kcv == key.kcv) continue;
    setting = kKeyFile;
    return ConfigError(
        fmt::format("the key ring's key {} is not the one that made the tokens in this database: "
                    "its check value is {}, the database knows {}",
                    key.kid, key.kcv, known->kcv),
        "use the key ring that this database was filled with; equal values would get other "
        "tokens, and every join with the existing rows would be lost");
  }
  return Ok();
}

Result<> RefuseOtherEventKey(const Registry& stored, const Registry& wanted, std::string& setting) {
  if (stored.key_spec == wanted.key_spec) return Ok();
  setting = "target.exactly_once.key";
  return ConfigError(
      fmt::format("the event key is registered as {}, the config and the key ring say {}",
                  stored.key_spec, wanted.key_spec),
      "put them back, or run `bauta init`, which says what that means");
}

std::optional<Difference> MissingKey(const Registry& stored, const Registry& wanted) {
  for (const Registry::Key& known : stored.keys) {
    if (known.status != "ENABLED" || FindKey(wanted, known.kid) != nullptr) continue;
    return HasNo(known);
  }
  return std::nullopt;
}

std::optional<Difference> LostKey(const Registry& stored, const Registry& wanted) {
  for (const Registry::Key& known : stored.keys) {
    const Registry::Key* const here = FindKey(wanted, known.kid);
    const bool has = here != nullptr && here->status != "DESTROYED";
    if (!has && known.status != "DESTROYED") return HasNo(known);
  }
  return std::nullopt;
}

std::optional<Difference> ChangedTokens(const Registry& stored, const Registry& wanted) {
  if (std::optional<Difference> missing = MissingKey(stored, wanted)) return missing;
  for (const Registry::MaskedColumn& known : stored.columns) {
    const Registry::MaskedColumn* const now = FindColumn(wanted, known.column);
    if (now == nullptr) {
      return Difference{
          fmt::format("column {} is registered as masked ({}), the config does not mask it",
                      known.column, Spell(known)),
          "columns." + known.column};
    }
    if (Spell(*now) != Spell(known)) {
      return Difference{fmt::format("column {} is registered as {}; the config says {}",
                                    known.column, Spell(known), Spell(*now)),
                        ChangedOption(known, *now)};
    }
  }
  return std::nullopt;
}

Error TokensChanged(const std::string& what) {
  return ConfigError(what,
                     "equal values would get other tokens than in the existing rows, and joins "
                     "with them would be lost.  Put the config back; or if that is meant: "
                     "`bauta init --accept-new-tokens`");
}

std::optional<Difference> ChangedVault(const Registry& stored, const Registry& wanted,
                                       VaultChanges which) {
  for (const Registry::MaskedColumn& now : wanted.columns) {
    const Registry::MaskedColumn* const known = FindColumn(stored, now.column);
    if (known == nullptr || !known->vault || *known->vault == HasVault(now)) continue;
    if (*known->vault) {
      return Difference{fmt::format("column {} is registered with a vault, the config has none: of "
                                    "the values that come now there would be no original",
                                    now.column),
                        fmt::format("columns.{}.vault", now.column)};
    }
    if (which == VaultChanges::kLost) continue;
    return Difference{fmt::format("column {} is registered without a vault, the config has one: of "
                                  "the values that came before there is no original",
                                  now.column),
                      fmt::format("columns.{}.vault", now.column)};
  }
  return std::nullopt;
}

Error VaultChanged(const std::string& what) {
  return ConfigError(what,
                     "`bauta init` records a vault that is new, `bauta init --accept-new-tokens` "
                     "one that is gone; or put the config back");
}

std::string VaultChange(const Registry::MaskedColumn* known, const Registry::MaskedColumn& now) {
  if (known == nullptr || !known->vault || *known->vault == HasVault(now)) return {};
  return HasVault(now) ? fmt::format(
                             "column {} has a vault from now on: of values that came before there "
                             "is no original",
                             now.column)
                       : fmt::format(
                             "column {} has no vault any more: of values that come now there is no "
                             "original",
                             now.column);
}

std::optional<Difference> UnregisteredKey(const Registry& stored, const Registry& wanted) {
  for (const Registry::Key& key : wanted.keys) {
    const Registry::Key* const known = FindKey(stored, key.kid);
    if (known == nullptr) {
      return Difference{fmt::format("key {} is not registered in the database", key.kid), kKeyFile};
    }
    if (known->status != key.status) {
      return Difference{fmt::format("key {} is {} in the key ring, {} in the database", key.kid,
                                    key.status, known->status),
                        kKeyFile};
    }
  }
  return std::nullopt;
}

std::optional<Difference> Unregistered(const Registry& stored, const Registry& wanted) {
  if (std::optional<Difference> key = UnfitKey(stored, wanted)) return key;
  for (const Registry::MaskedColumn& column : wanted.columns) {
    if (FindColumn(stored, column.column) != nullptr) continue;
    return Difference{
        fmt::format("masked column {} is not registered in the database", column.column),
        "columns." + column.column};
  }
  if (stored.target != wanted.target) {
    return Difference{fmt::format("pipeline {} is registered for table {}, the config says {}",
                                  wanted.pipeline, stored.target, wanted.target),
                      "target.postgres.table"};
  }
  if (stored.retention_days != wanted.retention_days) {
    return Difference{fmt::format("the ledger's retention is {} d in the database, {} d in the "
                                  "config",
                                  stored.retention_days, wanted.retention_days),
                      "target.exactly_once.retention"};
  }
  if (stored.quarantine_days != wanted.quarantine_days) {
    return Difference{fmt::format("the quarantine's retention is {} d in the database, {} d in "
                                  "the config",
                                  stored.quarantine_days, wanted.quarantine_days),
                      "quarantine.retention"};
  }
  return std::nullopt;
}

}  // namespace bauta::schema
