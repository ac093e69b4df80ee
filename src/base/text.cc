#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace bauta {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHex = "0123456789abcdef";

std::uint32_t Byte(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

int Base64Value(char c) {
  const std::size_t at = kBase64.find(c);
  return c == '\0' || at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Eight bytes at once.
constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::uint64_t kEach = 0x0101010101010101;
constexpr std::uint64_t kHigh = 0x80 * kEach;

std::uint64_t Word(std::string_view s, std::size_t i) {
  std::uint64_t word = 0;
  std::memcpy(&word, s.data() + i, kWord);
  return word;
}
// One of its bytes is not ASCII.
constexpr bool AnyHigh(std::uint64_t word) { return (word & kHigh) != 0; }
// Of ASCII bytes: one is less than `limit`.
constexpr bool AnyBelow(std::uint64_t word, unsigned char limit) {
  return ((word - limit * kEach) & ~word & kHigh) != 0;
}
constexpr bool AnyIs(std::uint64_t word, char c) {
  return AnyBelow(word ^ static_cast<unsigned char>(c) * kEach, 1);
}

// Length of the UTF-8 sequence at `i`, or 0 if it is none.
std::size_t Utf8Sequence(std::string_view s, std::size_t i) {
  const std::uint32_t lead = Byte(s, i);
  const auto trail = [&](std::size_t k, std::uint32_t low = 0x80, std::uint32_t high = 0xbf) {
    return i + k < s.size() && Byte(s, i + k) >= low && Byte(s, i + k) <= high;
  };
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return trail(1) ? 2 : 0;
  if (lead == 0xe0) return trail(1, 0xa0) && trail(2) ? 3 : 0;
  if (lead == 0xed) return trail(1, 0x80, 0x9f) && trail(2) ? 3 : 0;
  if (lead >= 0xe1 && lead <= 0xef) return trail(1) && trail(2) ? 3 : 0;
  if (lead == 0xf0) return trail(1, 0x90) && trail(2) && trail(3) ? 4 : 0;
  if (lead >= 0xf1 && lead <= 0xf3) return trail(1) && trail(2) && trail(3) ? 4 : 0;
  if (lead == 0xf4) return trail(1, 0x80, 0x8f) && trail(2) && trail(3) ? 4 : 0;
  return 0;
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// Splits "20ms" into 20 and "ms".
std::optional<std::pair<std::uint64_t, std::string_view>> NumberAndUnit(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc()) return std::nullopt;
  return std::pair(n, text.substr(static_cast<std::size_t>(end - text.data())));
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

std::optional<std::uint64_t> Scaled(std::string_view text, std::span<const Unit> units,
                                    std::uint64_t most) {
  const auto parts = NumberAndUnit(text);
  if (!parts) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != parts->second) continue;
    if (parts->first > most / unit.factor) return std::nullopt;
    return parts->first * unit.factor;
  }
  return std::nullopt;
}

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
    case '\\':
      (out += '\\') += c;
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 15];
  }
}

bool IsPlainJson(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }
// May say no of text beyond ASCII, which is looked at byte by byte then.
constexpr bool IsPlainJson(std::uint64_t word) {
  return !AnyHigh(word) && !AnyBelow(word, 0x20) && !AnyIs(word, '"') && !AnyIs(word, '\\');
}

}  // namespace

std::string Base64Encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = Byte(bytes, i) << 16;
    if (n > 1) bits |= Byte(bytes, i + 1) << 8;
    if (n > 2) bits |= Byte(bytes, i + 2);
    out += kBase64[bits >> 18];
    out += kBase64[bits >> 12 & 63];
    out += n > 1 ? kBase64[bits >> 6 & 63] : '=';
    out += n > 2 ? kBase64[bits & 63] : '=';
  }
  return out;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t pad =
        last ? (text[i + 3] == '=') + (text[i + 2] == '=' && text[i + 3] == '=') : 0;
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value = k >= 4 - pad ? 0 : Base64Value(text[i + k]);
      if (value < 0) return std::nullopt;
      bits = bits << 6 | static_cast<std::uint32_t>(value);
    }
    if ((pad == 1 && (bits & 0xff) != 0) || (pad == 2 && (bits & 0xffff) != 0)) return std::nullopt;
    for (std::size_t k = 0; k < 3 - pad; ++k) out += static_cast<char>(bits >> (16 - 8 * k) & 0xff);
  }
  return out;
}

std::string HexEncode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out += kHex[Byte(bytes, i) >> 4];
    out += kHex[Byte(bytes, i) & 15];
  }
  return out;
}

std::optional<std::string> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint32_t byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc() || end != text.data() + i + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

bool IsValidUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (i + kWord <= text.size() && !AnyHigh(Word(text, i))) {
      i += kWord;
      continue;
    }
    const std::size_t n = Utf8Sequence(text, i);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

std::size_t Utf8Length(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string_view TrimAscii(std::string_view text) {
  static constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Runs of plain characters are copied whole: most text has hardly anything to escape.
void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t plain = 0, i = 0; plain < text.size(); plain = i) {
    while (i + kWord <= text.size() && IsPlainJson(Word(text, i))) i += kWord;
    while (i < text.size() && IsPlainJson(text[i])) ++i;
    out.append(text, plain, i - plain);
    if (i < text.size()) AppendEscaped(out, text[i++]);
  }
  out += '"';
}

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string JsonObject(const std::map<std::string, std::string>& fields) {
  std::string out = "{";
  for (const auto& [name, value] : fields) {
    if (out.size() > 1) out += ',';
    AppendJsonString(out, name);
    out += ':';
    AppendJsonString(out, value);
  }
  return out + '}';
}

std::optional<std::string_view> Nearest(std::string_view word,
                                        std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance < least && distance < candidate.size()) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  static constexpr std::array<Unit, 5> kUnits = {
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  if (text == "0") return std::chrono::milliseconds(0);
  static constexpr std::uint64_t kCentury = 36'500ull * 86'400'000;  // Fits in nanoseconds.
  const auto ms = Scaled(text, kUnits, kCentury);
  if (!ms) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*ms));
}

std::optional<std::uint64_t> ParseBytes(std::string_view text) {
  static constexpr std::array<Unit, 5> kUnits = {
      {{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};
  return Scaled(text, kUnits, std::uint64_t{1} << 62);
}

std::string WithCommas(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace bauta
