#include "mapping/looks_like.h"

#include <algorithm>
#include <array>
#include <optional>

#include "masking/address.h"

namespace bauta::mapping {
namespace {

constexpr std::size_t kFewestDigits = 4;  // 1.1.1.1
constexpr std::size_t kLongestRun = 64;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsWord(char c) {
  return IsDigit(c) || IsLetter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

char At(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : '\0'; }

// Nothing of a longer word or number stands before it.
bool Begins(std::string_view text, std::size_t i) {
  return i == 0 || !(IsWord(text[i - 1]) || text[i - 1] == '-' || text[i - 1] == '.');
}
bool Ends(std::string_view text, std::size_t i) {
  const char c = At(text, i);
  if (IsWord(c) || c == '-') return false;
  return c != '.' || !IsWord(At(text, i + 1));  // "...192.0.2.1."
}

// At most a little more than the longest address, so that no text costs more than its length.
template <class Is>
std::string_view Run(std::string_view text, std::size_t from, Is is) {
  std::size_t end = from;
  const std::size_t most = std::min(text.size(), from + kLongestRun);
  while (end < most && is(text[end])) ++end;
  return text.substr(from, end - from);
}

// "2.3.0.1", "Chrome/119.0.0.100"
bool IsVersion(std::string_view text, std::size_t at, const masking::Address& address) {
  if (at >= 2 && text[at - 1] == '/' && IsWord(text[at - 2])) return true;
  return std::all_of(address.begin() + 12, address.end(), [](unsigned part) { return part < 32; });
}

bool IsQuad(std::string_view text, std::size_t at) {
  std::string_view run = Run(text, at, [](char c) { return IsDigit(c) || c == '.'; });
  while (run.ends_with('.')) run.remove_suffix(1);
  if (run.size() < 7 || run.size() > 15 || !Ends(text, at + run.size())) return false;
  const std::optional<masking::Address> address = masking::ParseIp(run);
  if (!address || IsVersion(text, at, *address)) return false;
  const unsigned first = (*address)[12];
  return first != 0 && first != 127 && first != 255;
}

// 2000::/3, fc00::/7, or with an IPv4 address inside.
bool IsIpv6(std::string_view text, std::size_t at) {
  std::string_view run = Run(text, at, [](char c) { return IsHex(c) || c == ':' || c == '.'; });
  while (run.ends_with('.')) run.remove_suffix(1);
  if (std::ranges::count(run, ':') < 2 || !Ends(text, at + run.size())) return false;
  const std::optional<masking::Address> address = masking::ParseIp(run);
  if (!address) return false;
  const unsigned first = address->front();
  return first >> 5 == 1 || first >> 1 == 0x7e || (masking::IsIpv4(*address) && (*address)[12] > 0);
}

bool IsEmail(std::string_view text, std::size_t at) {
  const auto is_local = [](char c) {
    return IsWord(c) || c == '.' || c == '%' || c == '+' || c == '-';
  };
  if (at == 0 || !is_local(text[at - 1]) || text[at - 1] == '.') return false;
  std::string_view domain =
      Run(text, at + 1, [](char c) { return IsWord(c) || c == '-' || c == '.'; });
  while (domain.ends_with('.')) domain.remove_suffix(1);
  const std::size_t dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view top = domain.substr(dot + 1);
  return top.size() >= 2 && !std::ranges::any_of(top, IsDigit);
}

// Digits in groups with single separators between them.
struct Groups {
  std::array<std::size_t, 8> size{};
  std::size_t count = 0, digits = 0, end = 0;
  std::array<char, 20> all{};
  char separator = '\0';  // The first.
  bool mixed = false;     // Others as well.
};

std::optional<Groups> ReadGroups(std::string_view text, std::size_t at,
                                 std::string_view separators) {
  Groups groups;
  for (std::size_t i = at;; ++i) {
    const std::string_view run = Run(text, i, IsDigit);
    if (run.empty() || groups.count == groups.size.size()) return std::nullopt;
    if (groups.digits + run.size() > groups.all.size()) return std::nullopt;
    std::ranges::copy(run, groups.all.begin() + static_cast<std::ptrdiff_t>(groups.digits));
    groups.size[groups.count++] = run.size();
    groups.digits += run.size();
    i += run.size();
    groups.end = i;
    const char next = At(text, i);
    const bool goes_on = next != '\0' && separators.find(next) != std::string_view::npos;
    if (!goes_on || !IsDigit(At(text, i + 1))) return groups;
    if (groups.separator == '\0') groups.separator = next;
    groups.mixed = groups.mixed || groups.separator != next;
  }
}

bool HasSizes(const Groups& groups, std::initializer_list<std::size_t> sizes) {
  return std::equal(sizes.begin(), sizes.end(), groups.size.begin(),
                    groups.size.begin() + static_cast<std::ptrdiff_t>(groups.count));
}

bool IsLuhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
    sum += digit;
  }
  return sum % 10 == 0;
}

// Visa, Mastercard, Discover, JCB; American Express; Diners.
bool HasIssuer(std::string_view digits) {
  int first = 0;
  for (const char c : digits.substr(0, 4)) first = 10 * first + (c - '0');
  const auto within = [first](int from, int to) { return first >= from && first <= to; };
  switch (digits.size()) {
    case 16:
      return within(4000, 4999) || within(5100, 5599) || within(2221, 2720) || first == 6011 ||
             within(6440, 6599) || within(3528, 3589);
    case 15:
      return within(3400, 3499) || within(3700, 3799);
    case 14:
      return within(3000, 3059) || within(3600, 3699) || within(3800, 3999);
    default:
      return false;
  }
}

LooksLike ReadCard(std::string_view text, std::size_t at) {
  const std::optional<Groups> groups = ReadGroups(text, at, " -");
  if (!groups || groups->digits < 14 || groups->digits > 16 || !Ends(text, groups->end)) {
    return LooksLike::kNothing;
  }
  const std::string_view digits(groups->all.data(), groups->digits);
  const bool bare = groups->count == 1;
  const bool shaped = bare || HasSizes(*groups, {4, 4, 4, 4}) || HasSizes(*groups, {4, 6, 5}) ||
                      HasSizes(*groups, {4, 6, 4});
  if (!shaped || groups->mixed) return LooksLike::kNothing;
  if (!HasIssuer(digits) || !IsLuhn(digits)) {
    return bare ? LooksLike::kLongNumber : LooksLike::kNothing;
  }
  return bare ? LooksLike::kBareCard : LooksLike::kCard;
}

// "+49 30 123456"
bool IsInternational(std::string_view text, std::size_t at) {
  if (At(text, at + 1) < '1' || At(text, at + 1) > '9') return false;
  const std::optional<Groups> groups = ReadGroups(text, at + 1, " -/");
  return groups && groups->digits >= 8 && groups->digits <= 15 && Ends(text, groups->end);
}

// "555-123-4567"; "(555) 123-4567" if a parenthesis stands there.
bool IsNational(std::string_view text, std::size_t at) {
  const bool parenthesis = text[at] == '(';
  const std::size_t first = at + (parenthesis ? 1 : 0);
  if (At(text, first) < '2' || At(text, first) > '9') return false;
  if (!parenthesis) {
    const std::optional<Groups> groups = ReadGroups(text, first, "-.");
    return groups && HasSizes(*groups, {3, 3, 4}) && !groups->mixed && Ends(text, groups->end);
  }
  if (Run(text, first, IsDigit).size() != 3 || At(text, first + 3) != ')') return false;
  const std::size_t rest = first + 4 + (At(text, first + 4) == ' ' ? 1 : 0);
  const std::optional<Groups> groups = ReadGroups(text, rest, "-. ");
  return groups && HasSizes(*groups, {3, 4}) && Ends(text, groups->end);
}

LooksLike InspectAt(std::string_view text, std::size_t at, bool has_colons) {
  const char c = text[at];
  if (c == '+') return IsInternational(text, at) ? LooksLike::kPhone : LooksLike::kNothing;
  if (c == '(') return IsNational(text, at) ? LooksLike::kPhone : LooksLike::kNothing;
  if (has_colons && (IsHex(c) || c == ':') && IsIpv6(text, at)) return LooksLike::kAddress;
  if (!IsDigit(c)) return LooksLike::kNothing;
  if (IsQuad(text, at)) return LooksLike::kAddress;
  if (IsNational(text, at)) return LooksLike::kPhone;
  return ReadCard(text, at);
}

}  // namespace

std::string_view Name(LooksLike what) {
  switch (what) {
    case LooksLike::kNothing:
    case LooksLike::kLongNumber:
      return {};
    case LooksLike::kBareCard:
    case LooksLike::kCard:
      return "a payment card's number";
    case LooksLike::kPhone:
      return "a phone number";
    case LooksLike::kEmail:
      return "an e-mail address";
    case LooksLike::kAddress:
      return "an IP address";
  }
  return {};
}

LooksLike Inspect(std::string_view text) {
  std::size_t digits = 0, colons = 0, ats = 0;
  for (const char c : text) {
    digits += IsDigit(c) ? 1 : 0;
    colons += c == ':' ? 1 : 0;
    ats += c == '@' ? 1 : 0;
  }
  if (ats == 0 && colons < 2 && digits < kFewestDigits) return LooksLike::kNothing;
  LooksLike found = LooksLike::kNothing;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '@' && IsEmail(text, i)) return LooksLike::kEmail;
    if (!Begins(text, i)) continue;
    const LooksLike here = InspectAt(text, i, colons >= 2);
    if (here > LooksLike::kBareCard) return here;
    found = std::max(found, here);
  }
  return found;
}

}  // namespace bauta::mapping
