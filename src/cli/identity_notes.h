#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/key_ring.h"
#include "sources/first_identity.h"

namespace bauta::cli {

// Signs and believes the notes that `bauta queue redrive` gives its messages: who they were first.
// docs/formats/redrive.md has the bytes.  Any thread.
class IdentityNotes {
 public:
  // For the messages of one pipeline.
  static Result<IdentityNotes> Make(const keys::KeyRing& ring, std::string_view pipeline);

  std::string Write(const sources::FirstIdentity& first, std::string_view body) const;
  // Nothing if the note is not one of ours about this body.
  std::optional<sources::FirstIdentity> Read(std::string_view note, std::string_view body) const;

 private:
  explicit IdentityNotes(crypto::SecretBytes key) : key_(std::move(key)) {}
  std::string Sign(std::int64_t sent_ms, std::string_view id, std::string_view body) const;

  crypto::SecretBytes key_;
};

}  // namespace bauta::cli
