#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "masking/by_month.h"
#include "masking/canonical.h"
#include "masking/masked.h"
#include "masking/token.h"
#include "masking/token_maker.h"

namespace bauta::masking {

// hmac-sha256 and aes-siv: the values of one column as tokens ("h1:<kid>:<base32>", "s1:...").
// One thread at a time: every worker has its own.
class TokenMask {
 public:
  // K(scheme, domain, form): 32 bytes for h1, 64 for s1.
  struct Keys {
    crypto::SecretBytes key;
    crypto::SecretBytes raw_key;  // That of form raw1: only for on_invalid: raw, else empty.
    std::string domain = {};      // With its month, if it has one: for s1.
  };
  // The keys of a month ("2026-01"), for a domain that changes with it.
  using KeysOfMonth = std::function<Result<Keys>(std::string_view month)>;
  struct Options {
    std::string kid;
    Scheme scheme = Scheme::kH1;
    Form form = Form::kStr1;
    int bits = 128;  // Of h1.
    Keys keys;
    KeysOfMonth keys_of_month;  // Instead of `keys`; once it has given a month's, it always can.
  };
  static Result<TokenMask> Make(Options options);

  // `value`: the decoded JSON string; `sent_ms`: when its message was sent, for the month.  Never
  // fails otherwise.
  Masked Mask(std::string_view value, std::int64_t sent_ms);

 private:
  using Maker = std::variant<H1Maker, S1Maker>;
  struct Makers {
    Maker proper;
    std::optional<Maker> raw;
  };

  TokenMask(const Options& options, ByMonth<Makers> makers);
  static Result<Maker> MakeMaker(Scheme scheme, const crypto::SecretBytes& key,
                                 const std::string& domain, const Form& form, int bits);
  static Result<Makers> MakeMakers(Scheme scheme, const Form& form, int bits, const Keys& keys);
  std::string_view TokenOf(std::string_view canonical, Maker& maker);

  Form form_;
  std::string token_;  // "h1:<kid>:", and behind it the last token's rest.
  std::size_t prefix_;
  ByMonth<Makers> makers_;
  std::string scratch_;
};

}  // namespace bauta::masking
