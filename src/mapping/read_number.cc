#include "mapping/read_number.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace bauta::mapping {
namespace {

// The digits of a number without zeros at either end: value = digits * 10^exponent.
struct Digits {
  std::string_view integer, fraction;
  std::int64_t exponent;

  explicit Digits(const Number& number)
      : integer(number.integer),
        fraction(number.fraction),
        exponent(number.exponent - static_cast<std::int64_t>(number.fraction.size())) {
    while (size() > 0 && at(0) == '0') (integer.empty() ? fraction : integer).remove_prefix(1);
    while (size() > 0 && at(size() - 1) == '0') {
      (fraction.empty() ? integer : fraction).remove_suffix(1);
      ++exponent;
    }
  }

  std::size_t size() const { return integer.size() + fraction.size(); }
  char at(std::size_t i) const {
    return i < integer.size() ? integer[i] : fraction[i - integer.size()];
  }
  // The digit that stands for 10^power.
  char At(std::int64_t power) const {
    const std::int64_t i = static_cast<std::int64_t>(size()) - 1 - (power - exponent);
    return i < 0 || i >= static_cast<std::int64_t>(size()) ? '0' : at(static_cast<std::size_t>(i));
  }
  // One above the power of the first digit.
  std::int64_t Top() const { return static_cast<std::int64_t>(size()) + exponent; }
};

std::optional<std::int64_t> Integer(const Digits& digits, bool negative) {
  if (digits.Top() > 19) return std::nullopt;
  std::uint64_t magnitude = 0;
  for (std::int64_t power = digits.Top() - 1; power >= 0; --power) {
    // 19 digits always fit.
    magnitude = magnitude * 10 + static_cast<std::uint64_t>(digits.At(power) - '0');
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (magnitude > kMax + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude);
}

}  // namespace

std::variant<std::int64_t, Reason> ToInteger(const Number& number, std::int64_t low,
                                             std::int64_t high) {
  const Digits digits(number);
  if (digits.size() == 0) return std::int64_t{0};
  if (digits.exponent < 0) return Reason::kWrongType;
  const std::optional<std::int64_t> value = Integer(digits, number.negative);
  if (!value || *value < low || *value > high) return Reason::kOutOfRange;
  return *value;
}

std::optional<std::int64_t> ScaledInteger(const Number& number, int power) {
  Digits digits(number);
  if (digits.size() == 0) return 0;
  digits.exponent += power;
  return Integer(digits, number.negative);
}

std::variant<std::string_view, Reason> ToDecimal(const Number& number, const Column& column,
                                                 Arena& arena) {
  if (!FitsNumeric(number)) return Reason::kOutOfRange;
  const Digits digits(number);
  const bool is_zero = digits.size() == 0;
  const std::int64_t written = static_cast<std::int64_t>(number.fraction.size()) - number.exponent;
  const std::int64_t scale = column.precision > 0 ? column.scale : written;
  if (column.precision > 0 && !is_zero) {
    if (digits.exponent < -scale) return Reason::kOutOfRange;
    if (digits.Top() > column.precision - scale) return Reason::kOutOfRange;
  }
  const std::int64_t first = is_zero ? 0 : std::max<std::int64_t>(digits.Top() - 1, 0);
  const std::int64_t last = -std::max<std::int64_t>(scale, 0);
  const std::span<char> room =
      arena.AllocateArray<char>(static_cast<std::size_t>(first - last) + 3);
  char* out = room.data();
  if (number.negative && !is_zero) *out++ = '-';
  for (std::int64_t power = first; power >= last; --power) {
    if (power == -1) *out++ = '.';
    *out++ = is_zero ? '0' : digits.At(power);
  }
  return std::string_view(room.data(), static_cast<std::size_t>(out - room.data()));
}

std::variant<double, Reason> ToFloat(std::string_view text, bool single) {
  const char* const end = text.data() + text.size();
  double value = 0;
  float narrow = 0;
  const std::from_chars_result result =
      single ? std::from_chars(text.data(), end, narrow) : std::from_chars(text.data(), end, value);
  if (result.ec == std::errc::result_out_of_range) return Reason::kOutOfRange;
  if (result.ec != std::errc() || result.ptr != end) return Reason::kWrongType;
  if (single) value = static_cast<double>(narrow);
  // Some libraries say zero or infinity instead of out of range.
  const std::optional<Number> number = ParseNumber(text);
  if (value == 0 && number && !number->IsZero()) return Reason::kOutOfRange;
  if (value - value != 0) return Reason::kOutOfRange;
  return value;
}

}  // namespace bauta::mapping
