#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "masking/canonical.h"
#include "masking/token_maker.h"

namespace bauta::masking {

// The way back from the tokens of aes-siv, for who has the key.  One thread at a time.
class SivOpener {
 public:
  // `key`: K(s1, domain, form); `raw_key`: that of raw1, for what `on_invalid: raw` may have let
  // through, or empty.  kFatal for another size.
  static Result<SivOpener> Make(const crypto::SecretBytes& key, const crypto::SecretBytes& raw_key,
                                const std::string& domain, const Form& form);

  struct Opened {
    std::string value;  // In its canonical form; an address as a person writes it.
    bool raw;           // It is under raw1, and no value of the form.
  };
  // `sealed`: the bytes of a Token.  Nothing if they were not made under these keys and this
  // domain.
  std::optional<Opened> Open(const std::string& sealed);

 private:
  SivOpener(S1Maker proper, std::optional<S1Maker> raw, const Form& form)
      : proper_(std::move(proper)), raw_(std::move(raw)), form_(form) {}

  S1Maker proper_;
  std::optional<S1Maker> raw_;
  Form form_;
};

}  // namespace bauta::masking
