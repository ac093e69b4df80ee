#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/key_ring.h"
#include "sources/first_identity.h"

namespace bauta::cli {

// Signs and believes the notes that `bauta queue redrive` gives its messages: who they were first.
// docs/formats/redrive.md has the bytes.  Any thread.
class IdentityNotes {
 public:
  // For the messages of one pipeline, under the keys of the ring that are not destroyed.
  static Result<IdentityNotes> Make(const keys::KeyRing& ring, std::string_view pipeline);
  // The first of `keys` signs, each is believed.
  explicit IdentityNotes(std::vector<crypto::SecretBytes> keys) : keys_(std::move(keys)) {}

  // Nothing if the message's attributes are none that SQS takes.
  std::optional<std::string> Write(const sources::FirstIdentity& first,
                                   const sources::Noted& message) const;
  // Nothing if the note is not one of ours about this message.
  std::optional<sources::FirstIdentity> Read(std::string_view note,
                                             const sources::Noted& message) const;

 private:
  std::vector<crypto::SecretBytes> keys_;
};

}  // namespace bauta::cli
