// The text of keyring.json.  For keys/ itself.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/key_ring.h"

namespace bauta::keys {

struct KeyRingText {
  std::string id, primary;
  std::vector<KeyRing::Key> keys;
  std::vector<crypto::SecretBytes> materials;  // Of the keys; empty: destroyed or wrapped.
  std::vector<Recipient> recipients;
};

// kConfig with place and reason, without the file's name.  Leaves wrapped keys wrapped, without
// prk.
Result<KeyRingText> ParseKeyRing(const crypto::SecretBytes& text);

// The prk of keys that are wrapped.  Errors are those of `unwrap`, kConfig for another key than the
// kcv's, each with the kid.
Result<> UnwrapKeys(KeyRingText& ring, const Unwrap& unwrap);

// The same ring as text; the caller wipes it.
std::string WriteKeyRing(const KeyRingText& ring);

}  // namespace bauta::keys
