// Sealed quarantine records: HPKE (RFC 9180, base mode, export-only) as PRIVACY 3.8 has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "core/batch.h"
#include "core/message.h"
#include "crypto/secret_bytes.h"
#include "crypto/x25519.h"
#include "keys/key_ring.h"

namespace bauta::sealing {

// Where a record belongs: its associated data, so that records cannot be swapped in the database.
struct RecordPlace {
  std::string_view pipeline;
  std::string_view message_id;  // As the queue gave it.
  std::int64_t sent_ms;
  std::uint32_t item;
};

// Seals for one recipient under one fresh HPKE setup.  Make a new one for every transaction
// attempt; never share it between threads.  The only code that can read a Sealable.
class Sealer {
 public:
  static Result<Sealer> Make(const keys::PublicKey& recipient);

  Result<std::string> Seal(const RecordPlace& place, const Sealable& what);

 private:
  Sealer(const crypto::X25519Public& enc, crypto::SecretBytes dek)
      : enc_(enc), dek_(std::move(dek)) {}

  crypto::X25519Public enc_;
  crypto::SecretBytes dek_;
  std::uint64_t counter_ = 0;
};

struct Opened {
  std::string attributes;  // JSON object
  std::string body;
  std::string system = "{}";  // JSON object
  bool alone = false;         // The body is the event alone, out of a message that held several.
};

// Opens records for one recipient.  Those of a transaction share their setup: one after the other,
// only the first is dear.  One thread at a time.
class Opener {
 public:
  explicit Opener(const crypto::SecretBytes& identity) : identity_(identity) {}  // Outlives it.

  // kRejected if the record is damaged, belongs elsewhere, or is for another recipient.
  Result<Opened> Open(const RecordPlace& place, std::string_view record);

 private:
  const crypto::SecretBytes& identity_;
  std::optional<crypto::X25519Public> enc_;
  crypto::SecretBytes dek_;  // Of enc_.
};

// One record.
Result<Opened> OpenQuarantineRecord(const crypto::SecretBytes& identity, const RecordPlace& place,
                                    std::string_view record);

}  // namespace bauta::sealing
