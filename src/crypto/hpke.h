// HPKE (RFC 9180): base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, secrets by export.  Any
// thread; a context is one thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "crypto/x25519.h"

namespace bauta::crypto {

inline constexpr std::uint16_t kHpkeExportOnly = 0xffff;

// What both sides of one setup share.
class HpkeContext {
 public:
  HpkeContext(std::string suite, SecretBytes exporter)
      : suite_(std::move(suite)), exporter_(std::move(exporter)) {}

  SecretBytes Export(std::string_view context, std::size_t length) const;

 private:
  std::string suite_;
  SecretBytes exporter_;
};

struct HpkeSetup {
  X25519Public enc;  // What the recipient needs beside its own key.
  HpkeContext context;
};

// A fresh setup for `recipient`.  kRejected if that is no honest public key.
Result<HpkeSetup> HpkeSend(const X25519Public& recipient, std::string_view info);
// The same under a given ephemeral key, which must be used for nothing else.
Result<HpkeSetup> HpkeSendWith(const SecretBytes& ephemeral, const X25519Public& recipient,
                               std::string_view info, std::uint16_t aead = kHpkeExportOnly);

// The recipient's side.  kRejected if `enc` is none.
Result<HpkeContext> HpkeReceive(const SecretBytes& secret, const X25519Public& enc,
                                std::string_view info, std::uint16_t aead = kHpkeExportOnly);

}  // namespace bauta::crypto
