// One key's tokens of canonical values.  One thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "crypto/hmac.h"
#include "crypto/secret_bytes.h"
#include "crypto/siv.h"
#include "masking/canonical.h"

namespace bauta::masking {

// hmac-sha256: the first `bytes` of the HMAC.
class H1Maker {
 public:
  static constexpr std::size_t kKeySize = 32;
  // kFatal if the key has another size; `bytes` is 1 to 32.
  static Result<H1Maker> Make(const crypto::SecretBytes& key, std::size_t bytes);

  // Appends base32.
  void Append(std::string_view canonical, std::string& token) const;

 private:
  H1Maker(const crypto::SecretBytes& key, std::size_t bytes) : hmac_(key.bytes()), bytes_(bytes) {}

  crypto::Hmac hmac_;
  std::size_t bytes_;
};

// aes-siv: SIV and ciphertext under the domain.
class S1Maker {
 public:
  static constexpr std::size_t kKeySize = 64;
  // kFatal if the key has another size or the domain is empty.
  static Result<S1Maker> Make(const crypto::SecretBytes& key, std::string_view domain,
                              const Form& form);

  // Appends base32; `canonical` must not be empty.
  void Append(std::string_view canonical, std::string& token);
  // The canonical bytes inside; nothing if they were not sealed under this key and domain.
  std::optional<std::string> Open(std::string_view sealed);

 private:
  S1Maker(crypto::Siv siv, bool pads) : siv_(std::move(siv)), pads_(pads) {}

  crypto::Siv siv_;
  bool pads_;  // Text is; an address always has 16 bytes.
  std::string padded_, sealed_;
};

}  // namespace bauta::masking
