#pragma once

#include <cstdint>
#include <string_view>

namespace bauta::mapping {

// What a text looks like that was meant to name nobody.
enum class LooksLike : std::uint8_t {
  kNothing,
  kLongNumber,  // 14 to 16 digits in a row that are no card's: of no interest by itself.
  kBareCard,    // As a card, but without its blanks, as one in sixty ids of 16 digits is.
  kCard,        // A payment card's number: known first digits, their length, Luhn's check digit.
  kPhone,       // +49 30 123456, (555) 123-4567, 555-123-4567
  kEmail,
  kAddress,  // IPv4 or IPv6 that may be somebody's: no loopback, netmask or link's own.
};

// "an IP address", for messages; empty for the first two.
std::string_view Name(LooksLike what);

// The first thing that stands anywhere in `text`, or the most telling of the first three.  What is
// rather something else is nothing: versions (dotted parts all below 32, or behind "Name/"), UUIDs,
// times, numbers.  Pure; no allocation; some 10 ns for a word without digits, 100 for a UUID.
LooksLike Inspect(std::string_view text);

}  // namespace bauta::mapping
