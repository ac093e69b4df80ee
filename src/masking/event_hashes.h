#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "crypto/hmac.h"
#include "crypto/secret_bytes.h"

namespace bauta::masking {

// The keyed hashes by which an event is known to be the same one: docs/formats/event-key.md.
// Any number of threads.
class EventHashes {
 public:
  using Hash = std::array<std::uint8_t, 16>;
  struct Keys {
    crypto::SecretBytes id;    // K(e1, pipeline, id1, 32)
    crypto::SecretBytes body;  // K(e1, pipeline, body1, 32)
  };
  // kFatal if a key has not 32 bytes.
  static Result<EventHashes> Make(const Keys& keys);

  // Of the id that the producer gave.
  Hash OfId(std::string_view id) const { return Sign(id_, id); }
  // Of the whole event, as it is written.
  Hash OfBody(std::string_view event) const { return Sign(body_, event); }

 private:
  explicit EventHashes(const Keys& keys) : id_(keys.id.bytes()), body_(keys.body.bytes()) {}
  static Hash Sign(const crypto::Hmac& under, std::string_view data);

  crypto::Hmac id_, body_;
};

}  // namespace bauta::masking
