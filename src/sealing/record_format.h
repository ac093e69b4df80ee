// The bytes of sealed records: PRIVACY, section 3.8.  For sealing/ itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/secret_bytes.h"
#include "crypto/x25519.h"
#include "sealing/quarantine_record.h"

namespace bauta::sealing {

inline constexpr std::string_view kQuarantineInfo = "bauta-quarantine-v1";

// What a record holds: see Opened.
struct Content {
  std::string_view attributes, body, system = "{}";
  bool alone = false;
};

// Seals the `counter`th record under `dek`, never one counter twice; wipes `plain`, which ends with
// its padding.
std::string SealBytes(int version, const crypto::SecretBytes& dek, const crypto::X25519Public& enc,
                      std::uint64_t counter, std::string_view associated, std::string& plain);
// The plaintext and its padding; nothing if it is not authentic.
struct RecordParts;
std::optional<std::string> OpenBytes(const crypto::SecretBytes& dek, const RecordParts& parts,
                                     std::string_view associated);
// ISO 7816-4: 0x80, then zeros, up to a multiple of `block`.  `plain` should have room for it.
constexpr std::size_t PaddedSize(std::size_t size, std::size_t block) {
  return (size + 1 + block - 1) / block * block;
}
void Pad(std::string& plain, std::size_t block);
std::optional<std::string_view> Unpadded(std::string_view plain);

// Seals the `counter`th quarantine record under `dek`; never one counter twice.  Version 2 only
// where version 1 has no place for it.
std::string SealRecord(const crypto::SecretBytes& dek, const crypto::X25519Public& enc,
                       std::uint64_t counter, const RecordPlace& place, const Content& content);

// A record cut into its parts; nothing if it has another version or is too short.
struct RecordParts {
  int version;
  crypto::X25519Public enc;
  std::uint64_t counter;
  std::string_view sealed;
};
std::optional<RecordParts> SplitRecord(std::string_view record);

// Nothing if it is not authentic or not well formed.
std::optional<Opened> OpenRecord(const crypto::SecretBytes& dek, const RecordParts& parts,
                                 const RecordPlace& place);

}  // namespace bauta::sealing
