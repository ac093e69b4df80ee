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
  std::vector<Recipient> recipients;
};

// kConfig with place and reason, without the file's name.
Result<KeyRingText> ParseKeyRing(const crypto::SecretBytes& text);

}  // namespace bauta::keys
