#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "masking/masked.h"

namespace bauta::masking {

// legacy-sha256: SHA-256 of the value as it came and a suffix, in hex, as scripts have written it
// for years.  No protection: who sees it tries all addresses in minutes.
// One thread at a time.
class LegacySha256 {
 public:
  explicit LegacySha256(std::string suffix) : suffix_(std::move(suffix)) {}

  // Untrimmed; but what is empty after trimming is NULL, and NUL and broken UTF-8 are invalid.
  Masked Mask(std::string_view value);

  // Tells suffixes apart without writing them down.
  static std::string Fingerprint(std::string_view suffix);

 private:
  std::string suffix_;
  std::string scratch_;
  std::array<char, 64> hex_{};
};

}  // namespace bauta::masking
