// Identities: the secret keys that open sealed records.  Their files never stand on hosts that
// only ingest.  PRIVACY, section 4.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/key_ring.h"
#include "keys/wrapping.h"

namespace bauta::keys {

// Asks for the passphrase; called at most once, and only if the file has one.
using AskPassphrase = std::function<Result<crypto::SecretBytes>()>;

// The 32-byte secret key of an identity file for `purpose`; its id goes to `id` unless that is
// null.  kConfig on any fault: file checks, shape, another purpose, wrong passphrase.  A passphrase
// takes about half a second and 256 MiB.  `unwrap` is called once if KMS wraps it; kRetryable is
// its word.
Result<crypto::SecretBytes> OpenIdentity(const std::string& path, Purpose purpose,
                                         const AskPassphrase& passphrase, std::string* id = nullptr,
                                         const Unwrap& unwrap = {});

// True for the text of an identity file of any purpose.
bool IsIdentity(const crypto::SecretBytes& text);

// How dear it is to try a passphrase.
struct PassphraseCost {
  std::uint64_t ops = 3;
  std::uint64_t mem = 256ull << 20;  // Bytes: 64 MiB to 1 GiB.
};

// The text of an identity file for a secret key; the caller wipes it.  Without a passphrase (null)
// the key stands there in clear: for demos and tests.
Result<std::string> IdentityText(const std::string& id, Purpose purpose,
                                 const crypto::SecretBytes& secret,
                                 const crypto::SecretBytes* passphrase, PassphraseCost cost = {});
// Likewise, sealed under a key that KMS wraps in the context of that id.
std::string WrappedIdentityText(const std::string& id, Purpose purpose,
                                const crypto::SecretBytes& secret, const WrappedKey& key);

}  // namespace bauta::keys
