// Small pure functions over text that more than one folder needs.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bauta {

// RFC 4648, section 4, padded.
std::string Base64Encode(std::string_view bytes);
// Strict: padded, no white space, no spare bits.
std::optional<std::string> Base64Decode(std::string_view text);
// Lower case.
std::string HexEncode(std::string_view bytes);
std::optional<std::string> HexDecode(std::string_view text);

// True if `text` is UTF-8 as RFC 3629 has it (no surrogates, no overlong forms).
bool IsValidUtf8(std::string_view text);
// Code points in valid UTF-8: what varchar(n) counts.
std::size_t Utf8Length(std::string_view text);

// Without ASCII space, tab, CR and LF at both ends.
std::string_view TrimAscii(std::string_view text);

// Appends `text` as a JSON string with its quotes.  `text` must be UTF-8.
void AppendJsonString(std::string& out, std::string_view text);
std::string JsonString(std::string_view text);
// {"keyring":"bauta","kid":"k1"}: in the order of the names, without white space.
std::string JsonObject(const std::map<std::string, std::string>& fields);

// The candidate nearest to `word` by edit distance, if it is near enough to be a slip of the keys.
std::optional<std::string_view> Nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

// "250ms", "20s", "5m", "2h", "35d"; a bare 0 too.  No sign, no fraction.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);
// "65536", "64KiB", "256MiB", "1GiB".
std::optional<std::uint64_t> ParseBytes(std::string_view text);
// 1234567 -> "1,234,567".
std::string WithCommas(std::uint64_t n);

}  // namespace bauta
