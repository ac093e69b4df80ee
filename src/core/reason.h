// Why an event was refused: the reason codes of the quarantine, stable for good.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bauta {

enum class Reason : std::uint8_t {
  kNotJson,
  kNotObject,
  kTooDeep,
  kBadUtf8,
  kHasNul,
  kAmbiguousKey,
  kRequiredMissing,
  kRequiredNull,
  kRequiredEmpty,
  kWrongType,
  kTooLong,
  kOutOfRange,
  kBadDate,
  kBadVersion,
  kBadUuid,
  kInvalidValue,
  kUnknownField,
  kIdentityExpired,
  kConstraint,
  kRowSuppressed,
  kBadEncoding,
  kKeyReused,
  kErased,
  kLeak,
};

inline constexpr std::array<std::string_view, 24> kReasonCodes = {
    "not_json",       "not_object",       "too_deep",         "bad_utf8",
    "has_nul",        "ambiguous_key",    "required_missing", "required_null",
    "required_empty", "wrong_type",       "too_long",         "out_of_range",
    "bad_date",       "bad_version",      "bad_uuid",         "invalid_value",
    "unknown_field",  "identity_expired", "constraint",       "row_suppressed",
    "bad_encoding",   "key_reused",       "erased",           "leak"};

constexpr std::string_view Code(Reason reason) {
  return kReasonCodes[static_cast<std::size_t>(reason)];
}

}  // namespace bauta
