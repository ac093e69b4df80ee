#pragma once

#include <cstdint>
#include <string_view>

namespace bauta::masking {

enum class Outcome : std::uint8_t {
  kMasked,
  kEmpty,    // Empty after trimming: NULL.
  kInvalid,  // No value that the mask can take.
  kRaw,      // The canonical form refused it, so it has a token of its raw form.
};

// What a mask made of a value.
struct Masked {
  Outcome outcome;
  std::string_view text;  // For kMasked and kRaw; good until the mask's next call.
};

}  // namespace bauta::masking
