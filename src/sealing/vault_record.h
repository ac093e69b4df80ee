// Sealed vault records: HPKE (RFC 9180, base mode, export-only) as PRIVACY 3.8 has it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "core/original.h"
#include "crypto/secret_bytes.h"
#include "crypto/x25519.h"
#include "keys/key_ring.h"

namespace bauta::sealing {

// Which token a record is of: its associated data, so that records cannot be swapped.
struct VaultPlace {
  std::string_view domain, token;
};

// What a token stands for: whoever opens it computes the token again from it.
struct OpenedOriginal {
  std::string canon;  // The versioned form: "ip1".
  std::string value;  // As it was received, trimmed; under raw1 not trimmed.
};

// Seals for one recipient under one fresh HPKE setup.  Make a new one for every transaction
// attempt; never share it between threads.  The only code that can read an Original.
class VaultSealer {
 public:
  static Result<VaultSealer> Make(const keys::PublicKey& recipient);

  std::string Seal(const Original& original);

 private:
  VaultSealer(const crypto::X25519Public& enc, crypto::SecretBytes dek)
      : enc_(enc), dek_(std::move(dek)) {}

  crypto::X25519Public enc_;
  crypto::SecretBytes dek_;
  std::uint64_t counter_ = 0;
};

// Opens records for one recipient.  Those of a transaction share their setup: only the first is
// dear, as long as the opener remembers it.  One thread at a time.
class VaultOpener {
 public:
  explicit VaultOpener(const crypto::SecretBytes& identity)
      : identity_(identity) {}  // Outlives it.

  // kRejected if the record is damaged, is another token's, or is for another recipient.
  Result<OpenedOriginal> Open(const VaultPlace& place, std::string_view record);

 private:
  static constexpr std::size_t kDek = 32, kInSlab = 1024, kMostSetups = 64 * kInSlab;

  Result<> ReadDek(const crypto::X25519Public& enc);  // Into dek_.
  std::span<unsigned char> Room(std::size_t number);

  const crypto::SecretBytes& identity_;
  std::map<crypto::X25519Public, std::size_t> known_;  // By enc: where its key is in the slabs.
  std::vector<crypto::SecretBytes> slabs_;             // Locked memory comes by the page.
  crypto::SecretBytes dek_{kDek};
};

}  // namespace bauta::sealing
