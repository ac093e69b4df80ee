#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/identity.h"
#include "keys/key_file.h"
#include "keys/key_ring.h"
#include "keys/key_ring_file.h"
#include "keys/wrapping.h"

namespace bauta::keys {

// A key ring's file under change.  Nothing is written before Save; nobody else changes the file
// meanwhile.  Each change is kConfig, and changes nothing, where it makes no sense.  One thread.
class KeyRingEdit {
 public:
  static Result<KeyRingEdit> Open(const std::string& path);

  // As it stands now; wrapped keys have no prk.
  Result<KeyRing> Ring() const;

  // A new key, DISABLED; its kid, by default the next of k1, k2...: never one that was there.
  // Wrapped if there is a `wrap`, with whose errors.
  Result<std::string> AddKey(const std::string& kid = {}, const MakeWrapped& wrap = {});
  // New tokens are made with it: a DISABLED key becomes ENABLED.
  Result<> MakePrimary(std::string_view kid);
  // Its tokens are not made any more.
  Result<> Disable(std::string_view kid);
  // For good: its material goes.  Only of a key that is DISABLED.
  Result<> Destroy(std::string_view kid);

  // A new recipient, ENABLED, and the text of its identity file, which the caller wipes; `id` by
  // default the next of v1, v2... or q1, q2...  With a `wrap` no passphrase counts.
  struct NewRecipient {
    std::string id, identity;
  };
  Result<NewRecipient> AddRecipient(Purpose purpose, const std::string& id,
                                    const crypto::SecretBytes* passphrase, PassphraseCost cost = {},
                                    const MakeWrapped& wrap = {});
  // Nothing is sealed for it any more.
  Result<> DisableRecipient(std::string_view id);

  // Atomically and durably.  Also kFatal if what it would write could not be read again.
  Result<> Save();

 private:
  KeyRingEdit(KeyFileEdit file, KeyRingText ring)
      : file_(std::move(file)), ring_(std::move(ring)) {}
  Result<std::size_t> Find(std::string_view kid) const;

  KeyFileEdit file_;
  KeyRingText ring_;
};

}  // namespace bauta::keys
