// The vault of a run or a replay, from config and key ring.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/blame.h"
#include "config/config.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "vault/vault_writer.h"

namespace bauta::cli {

// A column has one.
bool HasVault(const config::Config& config);

// Two keys are ENABLED and a column has tokens that say by which they were made: each new token is
// written down beside the old one that it stands for.
bool IsRotating(const config::Config& config, const keys::KeyRing& ring);

// The target's database needs schema pii.
bool NeedsPii(const config::Config& config, const keys::KeyRing& ring);

// The setting that names the vault's database.
std::string_view VaultUrlPath(const config::Config& config);

// Who may open the vault.  kConfig if the key ring has no enabled recipient of that id and purpose.
Result<keys::Recipient> VaultRecipient(const config::Config& config, const keys::KeyRing& ring,
                                       Blame& blame);

// How schema pii's own database is reached; nothing if it is the target's.
std::optional<pg::ConnectOptions> PiiApart(const config::Config& config,
                                           std::string_view application = "bauta");

// The vault's own database.  Only where config.vault.url is set.
Result<pg::Connection> ConnectVault(const config::Config& config, Blame& blame,
                                    std::string_view application = "bauta");

// What the sinks need, and that it can be written: nothing where no column has a vault.
// `connection` is the target's; `known` must outlive the sinks.
Result<std::optional<vault::VaultWriter::Options>> OpenVault(
    const config::Config& config, const keys::KeyRing& ring, pg::Connection& connection,
    vault::KnownTokens& known, Blame& blame, std::string_view application = "bauta");

}  // namespace bauta::cli
