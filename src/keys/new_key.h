// Keys that have never been.  For keys/ itself.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/identity.h"
#include "keys/key_ring.h"
#include "keys/wrapping.h"

namespace bauta::keys {

// Wipes what it holds, however its scope ends.
struct Wiped {
  ~Wiped() { crypto::Wipe(text); }
  std::string text;
};

struct NewKey {
  KeyRing::Key key;
  crypto::SecretBytes material;  // Empty if the key is wrapped.
};

// A token key of the ring; wrapped if there is a `wrap`, with whose errors.
Result<NewKey> MakeKey(const std::string& ring_id, const std::string& kid, KeyStatus status,
                       const MakeWrapped& wrap);

// What a new identity's file is protected by: a KMS key, else a passphrase, else nothing.
struct Protection {
  const crypto::SecretBytes* passphrase = nullptr;
  PassphraseCost cost;
  MakeWrapped wrap;
};

// The text of its file, which the caller wipes.  kConfig: the KMS key wraps one of `token_keys`
// too, so that whoever may use the one could open the other.
Result<std::string> NewIdentityText(const std::string& id, Purpose purpose,
                                    const crypto::SecretBytes& secret, const Protection& protection,
                                    const std::vector<KeyRing::Key>& token_keys);

}  // namespace bauta::keys
