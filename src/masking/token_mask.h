#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/hmac.h"
#include "crypto/secret_bytes.h"
#include "masking/canonical.h"
#include "masking/masked.h"

namespace bauta::masking {

// hmac-sha256: the values of one column as tokens ("h1:<kid>:<base32>").
// One thread at a time: every worker has its own.
class TokenMask {
 public:
  struct Keys {
    crypto::SecretBytes key;      // K(h1, domain, form, 32)
    crypto::SecretBytes raw_key;  // K(h1, domain, raw1, 32): only for on_invalid: raw, else empty.
  };
  // The keys of a month ("2026-01"), for a domain that changes with it.
  using KeysOfMonth = std::function<Result<Keys>(std::string_view month)>;
  struct Options {
    std::string kid;
    Form form = Form::kStr1;
    int bits = 128;
    Keys keys;
    KeysOfMonth keys_of_month;  // Instead of `keys`; once it has given a month's, it always can.
  };
  static Result<TokenMask> Make(Options options);

  // `value`: the decoded JSON string; `sent_ms`: when its message was sent, for the month.  Never
  // fails otherwise.
  Masked Mask(std::string_view value, std::int64_t sent_ms);

 private:
  struct Signers {
    crypto::Hmac hmac;
    std::optional<crypto::Hmac> raw_hmac;
  };

  explicit TokenMask(Options options);
  static Result<Signers> MakeSigners(const Keys& keys);
  Signers* SignersOf(std::int64_t sent_ms);
  std::string_view Token(crypto::Hmac& under, std::string_view canonical);

  Form form_;
  std::size_t hash_bytes_;  // How much of the HMAC goes into the token.
  std::string token_;       // "h1:<kid>:", then room for the hash.
  std::size_t prefix_;
  KeysOfMonth keys_of_month_;
  std::map<int, Signers> signers_;  // By month; without months, the only ones under 0.
  std::string scratch_;
};

}  // namespace bauta::masking
