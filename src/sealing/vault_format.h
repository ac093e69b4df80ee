// The bytes of a vault record.  For sealing/ itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/secret_bytes.h"
#include "crypto/x25519.h"
#include "sealing/record_format.h"
#include "sealing/vault_record.h"

namespace bauta::sealing {

inline constexpr std::string_view kVaultInfo = "bauta-vault-v1";

// Seals the `counter`th record under `dek`; never one counter twice.
std::string SealOriginal(const crypto::SecretBytes& dek, const crypto::X25519Public& enc,
                         std::uint64_t counter, const VaultPlace& place, std::string_view canon,
                         std::string_view value);

// Nothing if it is not authentic or not well formed.
std::optional<OpenedOriginal> OpenOriginal(const crypto::SecretBytes& dek, const RecordParts& parts,
                                           const VaultPlace& place);

}  // namespace bauta::sealing
