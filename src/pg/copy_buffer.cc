#include "pg/copy_buffer.h"

#include <algorithm>

namespace bauta::pg {
namespace {

constexpr std::string_view kHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::int32_t kTextOid = 25;

// Where a decimal's digits stand, so that they can be read in groups of four from the point.
struct Decimal {
  bool negative = false;
  std::string_view whole, fraction;
};

Decimal Split(std::string_view text) {
  Decimal d;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    d.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  d.whole = text.substr(0, point);
  if (point != std::string_view::npos) d.fraction = text.substr(point + 1);
  while (!d.whole.empty() && d.whole[0] == '0') d.whole.remove_prefix(1);
  return d;
}

// Four decimal digits from `at` (which may be negative or past the end: zeros).
std::int16_t Group(std::string_view digits, std::ptrdiff_t at) {
  int value = 0;
  for (std::ptrdiff_t i = at; i < at + 4; ++i) {
    const bool inside = i >= 0 && i < static_cast<std::ptrdiff_t>(digits.size());
    value = value * 10 + (inside ? digits[static_cast<std::size_t>(i)] - '0' : 0);
  }
  return static_cast<std::int16_t>(value);
}

}  // namespace

void CopyBuffer::Begin() {
  size_ = 0;
  Raw(kHeader);
}

void CopyBuffer::End() { Number(std::int16_t{-1}); }

void CopyBuffer::Reallocate(std::size_t n) {
  const std::size_t capacity = std::max(size_ + n, std::max<std::size_t>(capacity_ * 2, 1 << 16));
  std::unique_ptr<char[]> bigger(new char[capacity]);
  if (size_ != 0) std::memcpy(bigger.get(), data_.get(), size_);
  data_ = std::move(bigger);
  capacity_ = capacity;
}

void CopyBuffer::Patch(std::size_t at, std::int32_t v) {
  const std::int32_t big = BigEndian(v);
  std::memcpy(data_.get() + at, &big, sizeof big);
}

void CopyBuffer::Jsonb(std::string_view v) {
  Number(static_cast<std::int32_t>(v.size() + 1));
  Number(std::int8_t{1});
  Raw(v);
}

void CopyBuffer::Numeric(std::string_view decimal) {
  const Decimal d = Split(decimal);
  const std::ptrdiff_t whole = static_cast<std::ptrdiff_t>((d.whole.size() + 3) / 4);
  const std::ptrdiff_t fraction = static_cast<std::ptrdiff_t>((d.fraction.size() + 3) / 4);
  const std::ptrdiff_t lead = whole * 4 - static_cast<std::ptrdiff_t>(d.whole.size());
  const auto group = [&](std::ptrdiff_t i) {
    return i < whole ? Group(d.whole, i * 4 - lead) : Group(d.fraction, (i - whole) * 4);
  };
  std::ptrdiff_t first = 0, last = whole + fraction;
  while (first < last && group(first) == 0) ++first;
  while (last > first && group(last - 1) == 0) --last;

  const bool zero = first == last;
  Number(static_cast<std::int32_t>(8 + 2 * (last - first)));
  Number(static_cast<std::int16_t>(last - first));
  Number(static_cast<std::int16_t>(zero ? 0 : whole - 1 - first));
  Number(static_cast<std::int16_t>(d.negative && !zero ? 0x4000 : 0));
  Number(static_cast<std::int16_t>(d.fraction.size()));
  for (std::ptrdiff_t i = first; i < last; ++i) Number(group(i));
}

void CopyBuffer::Inet(std::string_view v, bool is_cidr) {
  const std::size_t bytes = v.size() - 1;
  Number(static_cast<std::int32_t>(4 + bytes));
  Number(static_cast<std::int8_t>(bytes == 4 ? 2 : 3));  // PGSQL_AF_INET, PGSQL_AF_INET6
  Number(static_cast<std::int8_t>(v.back()));
  Number(static_cast<std::int8_t>(is_cidr));
  Number(static_cast<std::int8_t>(bytes));
  Raw(v.substr(0, bytes));
}

void CopyBuffer::TextArray(std::string_view elements) {
  const std::size_t start = size_;
  Number(std::int32_t{0});  // Length, known at the end.
  Number(static_cast<std::int32_t>(elements.empty() ? 0 : 1));
  const std::size_t has_null_at = size_;
  Number(std::int32_t{0});
  Number(kTextOid);
  if (!elements.empty()) {
    const std::size_t count_at = size_;
    Number(std::int32_t{0});
    Number(std::int32_t{1});
    std::int32_t count = 0;
    for (; elements.size() >= 4; ++count) {
      std::uint32_t length = 0;
      std::memcpy(&length, elements.data(), 4);
      elements.remove_prefix(4);
      if (length == 0xffffffffu) {
        Null();
        Patch(has_null_at, 1);
        continue;
      }
      Text(elements.substr(0, length));
      elements.remove_prefix(std::min<std::size_t>(length, elements.size()));
    }
    Patch(count_at, count);
  }
  Patch(start, static_cast<std::int32_t>(size_ - start - 4));
}

}  // namespace bauta::pg
