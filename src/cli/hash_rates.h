#pragma once

#include <chrono>

namespace bauta::cli {

// How many values this machine tries in a second, on one core, with Bauta's own code.
struct HashRates {
  double sha256 = 0;  // Addresses as text, hashed without a key.
  double token = 0;   // h1 tokens, by who has the key.
};

// A graphics card's SHA-256 a second, for comparison: PRIVACY, section 2.1.
inline constexpr double kGpuRate = 1e10;

// Takes so much CPU time for each.  Any thread.
HashRates MeasureHashRates(std::chrono::milliseconds each = std::chrono::milliseconds(40));

}  // namespace bauta::cli
