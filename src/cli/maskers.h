// From what the config says of a column's mask, and the key ring, to the mask.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/column_rule.h"
#include "crypto/secret_bytes.h"
#include "keys/key_ring.h"
#include "masking/canonical.h"
#include "masking/column_masker.h"
#include "masking/ipcrypt_mask.h"
#include "masking/siv_opener.h"
#include "masking/token_mask.h"
#include "schema/registry.h"

namespace bauta::cli {

// The versioned canonical form of a keyed mask.
masking::Form FormOf(const MaskRule& rule);

// The sub-key of a keyed mask in a domain whose month is known: PRIVACY, section 3.1.
Result<crypto::SecretBytes> SubKeyFor(const keys::KeyRing::Key& key, Mask mask,
                                      const std::string& domain, const masking::Form& form);

// The first month of which outputs of the key can be there: a message may be older than the key
// that masks it.  `now`: this month; both as masking::MonthOf counts them.
int FirstMonthOf(const keys::KeyRing::Key& key, int now);

// The tokens that one key gives to a column of tokens.  `key` must outlive it.
Result<masking::TokenMask> MakeTokenMask(const keys::KeyRing::Key& key, const MaskRule& rule);
// From those of aes-siv back to values; not for a domain that changes with the month.
Result<masking::SivOpener> MakeSivOpener(const keys::KeyRing::Key& key, const MaskRule& rule);

// Under the primary key, or one of the ring's that is not destroyed.  None for a column without a
// mask, or with a blind one.  `ring` and `key` must outlive it.
Result<std::optional<masking::ColumnMasker>> MakeMasker(const keys::KeyRing& ring,
                                                        const std::optional<MaskRule>& rule);
Result<std::optional<masking::ColumnMasker>> MakeMasker(const keys::KeyRing::Key& key,
                                                        const std::optional<MaskRule>& rule);

// While keys rotate: what the other keys in use make of it, as far as that has aliases.
Result<std::vector<masking::TokenMask>> MakeOldMasks(const keys::KeyRing& ring,
                                                     const std::optional<MaskRule>& rule);

// What the registry has of a masked column: all that decides which output a value gets.
schema::Registry::MaskedColumn Registered(const ColumnRule& rule, const keys::KeyRing& ring);

// Of ipcrypt-deterministic or ipcrypt-pfx, in a domain whose month is known.
Result<masking::IpcryptMask::Cipher> MakeCipher(const keys::KeyRing::Key& key, Mask mask,
                                                const std::string& domain);

}  // namespace bauta::cli
