#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bauta::mapping {

// What a compressed body may become: 16 MiB, and a hundred times what came.
inline constexpr std::size_t kMostInflated = 16 << 20;
inline constexpr std::size_t kMostRatio = 100;

// Base64 of one gzip member, as `encoding: gzip+base64` has it, opened into `out`, whose memory is
// used again.  False if it is not that, if anything is behind it, or if it would become too large;
// `out` is then worthless.  White space around the base64 does no harm.
bool Gunzip(std::string_view body, std::string& out);

}  // namespace bauta::mapping
