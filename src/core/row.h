#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/arena.h"

namespace bauta {

namespace mapping {
class RowMaker;
}

// One typed value.  What `text` points to lives in the batch's arena.
//
// kind        holds
// kNull       nothing
// kBool       integer: 0 or 1
// kInteger    integer: for smallint, int, bigint; fits the column
// kFloat      real: for real, double
// kText       text: valid UTF-8 without NUL, fits the column; text, varchar, char, enums
// kDate       integer: days since 2000-01-01, PostgreSQL's epoch
// kTimestamp  integer: microseconds since 2000-01-01 00:00 UTC; timestamp and timestamptz
// kUuid       text: 16 bytes
// kDecimal    text: "-12.340": sign, digits, point, digits; no exponent; fits the column
// kInet       text: 4 or 16 address bytes and one byte of prefix length; inet and cidr
// kJson       text: JSON without NUL escapes; json and jsonb
// kTextArray  text: for each element 4 bytes of length (host order; 0xffffffff is NULL), then UTF-8
struct Value {
  enum class Kind : std::uint8_t {
    kNull,
    kBool,
    kInteger,
    kFloat,
    kText,
    kDate,
    kTimestamp,
    kUuid,
    kDecimal,
    kInet,
    kJson,
    kTextArray,
  };
  Kind kind = Kind::kNull;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
};

// An event after mapping: typed for the target table, every field that the config masks masked.
// Values stand in the order of the mapping's columns.
//
// Only mapping/ makes Rows (a compile-fail test holds this), so whatever takes a Row cannot see
// personal data.  Valid as long as its Batch.
class Row {
 public:
  std::span<const Value> values() const { return values_; }
  // The same row, that lives as long as `arena`.
  Row CopyTo(Arena& arena) const {
    const std::span<Value> copy = arena.AllocateArray<Value>(values_.size());
    std::copy(values_.begin(), values_.end(), copy.begin());
    for (Value& value : copy) value.text = arena.Copy(value.text);
    return Row(copy);
  }

 private:
  friend class mapping::RowMaker;
  explicit Row(std::span<const Value> values) : values_(values) {}
  std::span<const Value> values_;
};

}  // namespace bauta
