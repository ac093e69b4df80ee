#include "pg/params.h"

#include <bit>

#include "pg/wire.h"

namespace bauta::pg {
namespace {

enum Oid : std::uint32_t {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kFloat8 = 701,
  kByteaArray = 1001,
  kInt4Array = 1007,
  kTextArray = 1009,
  kInt8Array = 1016,
  kUuid = 2950,
  kUuidArray = 2951,
};

void AppendArrayHeader(std::string& out, std::uint32_t element, std::size_t n, bool has_null) {
  AppendBigEndian(out, std::int32_t{n == 0 ? 0 : 1});
  AppendBigEndian(out, std::int32_t{has_null ? 1 : 0});
  AppendBigEndian(out, element);
  if (n == 0) return;
  AppendBigEndian(out, static_cast<std::int32_t>(n));
  AppendBigEndian(out, std::int32_t{1});
}

void AppendElement(std::string& out, std::string_view bytes) {
  AppendBigEndian(out, static_cast<std::int32_t>(bytes.size()));
  out.append(bytes);
}

std::string_view View(const Uuid& v) {
  return {reinterpret_cast<const char*>(v.bytes.data()), v.bytes.size()};
}

}  // namespace

std::string& Params::Add(std::uint32_t type) {
  params_.push_back({type, false, {}});
  return params_.back().bytes;
}

Params& Params::Null(std::uint32_t type_oid) {
  params_.push_back({type_oid, true, {}});
  return *this;
}

Params& Params::Bool(bool v) {
  Add(kBool).assign(1, v ? '\1' : '\0');
  return *this;
}

Params& Params::Int16(std::int16_t v) {
  AppendBigEndian(Add(kInt2), v);
  return *this;
}

Params& Params::Int32(std::int32_t v) {
  AppendBigEndian(Add(kInt4), v);
  return *this;
}

Params& Params::Int64(std::int64_t v) {
  AppendBigEndian(Add(kInt8), v);
  return *this;
}

Params& Params::Float64(double v) {
  AppendBigEndian(Add(kFloat8), std::bit_cast<std::int64_t>(v));
  return *this;
}

Params& Params::Text(std::string_view v) {
  Add(kText).assign(v);
  return *this;
}

Params& Params::TextOrNull(const std::optional<std::string>& v) {
  return v ? Text(std::string_view(*v)) : Null(kText);
}

Params& Params::Uuid(const bauta::Uuid& v) {
  Add(kUuid).assign(View(v));
  return *this;
}

Params& Params::Bytes(std::string_view v) {
  Add(kBytea).assign(v);
  return *this;
}

Params& Params::Int32s(std::span<const std::int32_t> v) {
  std::string& out = Add(kInt4Array);
  AppendArrayHeader(out, kInt4, v.size(), false);
  for (const std::int32_t element : v) {
    AppendBigEndian(out, std::int32_t{4});
    AppendBigEndian(out, element);
  }
  return *this;
}

Params& Params::Int64s(std::span<const std::int64_t> v) {
  std::string& out = Add(kInt8Array);
  AppendArrayHeader(out, kInt8, v.size(), false);
  for (const std::int64_t element : v) {
    AppendBigEndian(out, std::int32_t{8});
    AppendBigEndian(out, element);
  }
  return *this;
}

Params& Params::Uuids(std::span<const bauta::Uuid> v) {
  std::string& out = Add(kUuidArray);
  AppendArrayHeader(out, kUuid, v.size(), false);
  for (const bauta::Uuid& element : v) AppendElement(out, View(element));
  return *this;
}

Params& Params::Texts(std::span<const std::optional<std::string_view>> v) {
  bool has_null = false;
  for (const std::optional<std::string_view>& element : v) has_null = has_null || !element;
  std::string& out = Add(kTextArray);
  AppendArrayHeader(out, kText, v.size(), has_null);
  for (const std::optional<std::string_view>& element : v) {
    if (element) {
      AppendElement(out, *element);
    } else {
      AppendBigEndian(out, std::int32_t{-1});
    }
  }
  return *this;
}

Params& Params::BytesArray(std::span<const std::string> v) {
  std::string& out = Add(kByteaArray);
  AppendArrayHeader(out, kBytea, v.size(), false);
  for (const std::string& element : v) AppendElement(out, element);
  return *this;
}

}  // namespace bauta::pg
