#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret_bytes.h"

namespace bauta::masking {

// The canonical forms of PRIVACY, section 3.2, under their versioned names.
enum class Form { kStr1, kIp1, kLower1, kDigits1, kRaw1 };
// "str1", "ip1", "lower1", "digits1", "raw1".
std::string_view FormName(Form form);

// Turns the values of one masked column into tokens ("h1:<kid>:<base32>").
// One thread at a time: every worker has its own.
class ColumnMasker {
 public:
  struct Options {
    std::string kid;
    Form form = Form::kStr1;
    int bits = 128;
    crypto::SecretBytes key;      // K(h1, domain, form, 32)
    crypto::SecretBytes raw_key;  // K(h1, domain, raw1, 32): only for on_invalid: raw, else empty.
  };
  enum class Outcome {
    kToken,
    kEmpty,    // Empty after trimming: NULL.
    kInvalid,  // The canonical form refuses it.
    kRaw,      // Refused, but tokenised under raw1 since the options have a raw key.
  };
  struct Masked {
    Outcome outcome;
    std::string_view token;  // For kToken and kRaw; good until the next call.
  };

  static Result<ColumnMasker> Make(Options options);
  ColumnMasker(ColumnMasker&&) noexcept;
  ColumnMasker& operator=(ColumnMasker&&) noexcept;
  ~ColumnMasker();

  // `value`: the decoded JSON string.  Never fails otherwise.
  Masked Mask(std::string_view value);

 private:
  struct Impl;
  explicit ColumnMasker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::masking
