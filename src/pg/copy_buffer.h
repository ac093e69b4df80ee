// Rows in the format of COPY ... FROM STDIN (FORMAT binary).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/uuid.h"
#include "pg/wire.h"

namespace bauta::pg {

// Begin, then for each row BeginRow(n) and n fields, then End.  Keeps its memory from one Begin to
// the next: no allocation for a field.  One thread at a time.
class CopyBuffer {
 public:
  void Begin();
  void End();
  void BeginRow(std::int16_t fields) { Number(fields); }

  void Null() { Number(std::int32_t{-1}); }
  void Bool(bool v) { Field(static_cast<std::int8_t>(v)); }
  void Int16(std::int16_t v) { Field(v); }
  void Int32(std::int32_t v) { Field(v); }
  void Int64(std::int64_t v) { Field(v); }
  void Float32(float v) { Field(std::bit_cast<std::int32_t>(v)); }
  void Float64(double v) { Field(std::bit_cast<std::int64_t>(v)); }
  void Date(std::int32_t days_since_2000) { Field(days_since_2000); }
  void Timestamp(std::int64_t micros_since_2000) { Field(micros_since_2000); }
  void Uuid(const bauta::Uuid& v) { Text({reinterpret_cast<const char*>(v.bytes.data()), 16}); }
  // Also varchar, char, json, bytea, and whatever else travels as its bytes.
  void Text(std::string_view v) {
    Number(static_cast<std::int32_t>(v.size()));
    Raw(v);
  }
  void Jsonb(std::string_view v);
  // "-12.340": sign, digits, point, digits.  The scale shown is kept.
  void Numeric(std::string_view decimal);
  // 4 or 16 address bytes, one byte of prefix length.
  void Inet(std::string_view address_and_prefix, bool is_cidr);
  // For each element 4 bytes of length (host order; 0xffffffff is NULL), then its text.
  void TextArray(std::string_view elements);

  std::string_view data() const { return {data_.get(), size_}; }
  std::size_t size() const { return size_; }

 private:
  template <class T>
  void Number(T v) {
    char* const to = Grow(sizeof(T));
    const T big = BigEndian(v);
    std::memcpy(to, &big, sizeof(T));
  }
  template <class T>
  void Field(T v) {
    Number(static_cast<std::int32_t>(sizeof(T)));
    Number(v);
  }
  void Raw(std::string_view v) {
    if (!v.empty()) std::memcpy(Grow(v.size()), v.data(), v.size());
  }
  char* Grow(std::size_t n) {
    if (capacity_ - size_ < n) Reallocate(n);
    char* const at = data_.get() + size_;
    size_ += n;
    return at;
  }
  void Reallocate(std::size_t n);
  void Patch(std::size_t at, std::int32_t v);

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace bauta::pg
