#include "mapping/json.h"

#include <algorithm>
#include <cstring>

namespace bauta::mapping {
namespace {

constexpr std::int64_t kMaxExponent = 1'000'000'000'000'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeDigits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && IsDigit(text[n])) ++n;
  const std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> TakeExponent(std::string_view& text) {
  const bool negative = Take(text, '-');
  if (!negative) Take(text, '+');
  const std::string_view digits = TakeDigits(text);
  if (digits.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits) value = std::min(kMaxExponent, value * 10 + (c - '0'));
  return negative ? -value : value;
}

std::optional<std::uint32_t> Hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    value <<= 4;
    if (IsDigit(c)) {
      value |= static_cast<std::uint32_t>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      value |= static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

std::size_t PutUtf8(std::uint32_t c, char* to) {
  const auto put = [to](std::size_t i, std::uint32_t byte) { to[i] = static_cast<char>(byte); };
  if (c < 0x80) {
    put(0, c);
    return 1;
  }
  if (c < 0x800) {
    put(0, 0xc0 | (c >> 6));
    put(1, 0x80 | (c & 0x3f));
    return 2;
  }
  if (c < 0x10000) {
    put(0, 0xe0 | (c >> 12));
    put(1, 0x80 | ((c >> 6) & 0x3f));
    put(2, 0x80 | (c & 0x3f));
    return 3;
  }
  put(0, 0xf0 | (c >> 18));
  put(1, 0x80 | ((c >> 12) & 0x3f));
  put(2, 0x80 | ((c >> 6) & 0x3f));
  put(3, 0x80 | (c & 0x3f));
  return 4;
}

// The code point of a valid \u escape at the front of `text`, which loses it; a pair of surrogates
// is one.
std::optional<std::uint32_t> TakeCodePoint(std::string_view& text) {
  const std::uint32_t first = *Hex4(text.substr(2));
  text.remove_prefix(6);
  if (first < 0xd800 || first > 0xdfff) return first;
  if (first > 0xdbff || !text.starts_with("\\u")) return std::nullopt;
  const std::uint32_t second = *Hex4(text.substr(2));
  if (second < 0xdc00 || second > 0xdfff) return std::nullopt;
  text.remove_prefix(6);
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

char SimpleEscape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;  // " \ /
  }
}

std::optional<Reason> StringTrouble(std::string_view raw) {
  while (true) {
    const std::size_t at = raw.find('\\');
    if (at == std::string_view::npos) return std::nullopt;
    raw.remove_prefix(at);
    if (raw[1] != 'u') {
      raw.remove_prefix(2);
      continue;
    }
    const std::optional<std::uint32_t> code_point = TakeCodePoint(raw);
    if (!code_point) return Reason::kBadUtf8;
    if (*code_point == 0) return Reason::kHasNul;
  }
}

}  // namespace

bool Number::IsZero() const {
  const auto is_zero = [](char c) { return c == '0'; };
  return integer == "0" && std::all_of(fraction.begin(), fraction.end(), is_zero);
}

std::optional<Number> ParseNumber(std::string_view text) {
  Number number;
  number.negative = Take(text, '-');
  number.integer = TakeDigits(text);
  if (number.integer.empty()) return std::nullopt;
  if (number.integer.size() > 1 && number.integer.front() == '0') return std::nullopt;
  if (Take(text, '.')) {
    number.fraction = TakeDigits(text);
    if (number.fraction.empty()) return std::nullopt;
  }
  if (Take(text, 'e') || Take(text, 'E')) {
    const std::optional<std::int64_t> exponent = TakeExponent(text);
    if (!exponent) return std::nullopt;
    number.exponent = *exponent;
  }
  if (!text.empty()) return std::nullopt;
  return number;
}

std::string_view TakeString(std::string_view& text) {
  std::size_t end = 1;
  while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  const std::string_view inside = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return inside;
}

bool AreEscapesValid(std::string_view raw) {
  while (true) {
    const std::size_t at = raw.find('\\');
    if (at == std::string_view::npos) return true;
    raw.remove_prefix(at + 1);
    if (raw.empty()) return false;
    const char c = raw.front();
    raw.remove_prefix(1);
    if (c == 'u') {
      if (!Hex4(raw)) return false;
      raw.remove_prefix(4);
    } else if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
      return false;
    }
  }
}

std::optional<std::size_t> Unescape(std::string_view raw, char* to) {
  char* out = to;
  while (!raw.empty()) {
    const std::size_t plain = std::min(raw.find('\\'), raw.size());
    std::memcpy(out, raw.data(), plain);
    out += plain;
    raw.remove_prefix(plain);
    if (raw.empty()) break;
    if (raw[1] == 'u') {
      const std::optional<std::uint32_t> code_point = TakeCodePoint(raw);
      if (!code_point) return std::nullopt;
      out += PutUtf8(*code_point, out);
    } else {
      *out++ = SimpleEscape(raw[1]);
      raw.remove_prefix(2);
    }
  }
  return static_cast<std::size_t>(out - to);
}

std::optional<Reason> JsonTrouble(std::string_view text) {
  while (!text.empty()) {
    if (text.front() == '"') {
      if (const auto reason = StringTrouble(TakeString(text))) return reason;
    } else if (text.front() == '-' || IsDigit(text.front())) {
      const std::size_t n = std::min(text.find_first_not_of("+-.0123456789eE"), text.size());
      const std::optional<Number> number = ParseNumber(text.substr(0, n));
      if (!number || !FitsNumeric(*number)) return Reason::kOutOfRange;
      text.remove_prefix(n);
    } else {
      text.remove_prefix(1);
    }
  }
  return std::nullopt;
}

bool FitsNumeric(const Number& number) {
  constexpr std::int64_t kMaxZeros = 1000, kMaxInteger = 131'072, kMaxFraction = 16'383;
  if (number.exponent > kMaxZeros || number.exponent < -kMaxZeros) return false;
  const std::int64_t integer = static_cast<std::int64_t>(number.integer.size());
  const std::int64_t fraction = static_cast<std::int64_t>(number.fraction.size());
  return integer + number.exponent <= kMaxInteger && fraction - number.exponent <= kMaxFraction;
}

}  // namespace bauta::mapping
