// Sealed quarantine records: HPKE (RFC 9180, base mode, export-only) as PRIVACY 3.8 has it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/batch.h"
#include "core/message.h"
#include "crypto/secret_bytes.h"
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
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;
  ~Sealer();

  Result<std::string> Seal(const RecordPlace& place, const Sealable& what);

 private:
  struct Impl;
  explicit Sealer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct Opened {
  std::string attributes;  // JSON object
  std::string body;
};

// kRejected if the record is damaged, belongs elsewhere, or is for another recipient.
Result<Opened> OpenQuarantineRecord(const crypto::SecretBytes& identity, const RecordPlace& place,
                                    std::string_view record);

}  // namespace bauta::sealing
