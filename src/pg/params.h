// Parameters of a statement and arrays for unnest(), in PostgreSQL's binary format.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"

namespace bauta::pg {

// $1, $2... in the order of the calls.  Owns copies of what it is given.
//
//   connection.Exec("SELECT ... WHERE id = $1", Params().Int64(id))
class Params {
 public:
  Params& Null(std::uint32_t type_oid = 25);
  Params& Bool(bool v);
  Params& Int16(std::int16_t v);
  Params& Int32(std::int32_t v);
  Params& Int64(std::int64_t v);
  Params& Float64(double v);
  Params& Text(std::string_view v);
  Params& TextOrNull(const std::optional<std::string>& v);
  Params& Uuid(const bauta::Uuid& v);
  Params& Bytes(std::string_view v);

  Params& Int32s(std::span<const std::int32_t> v);
  Params& Int64s(std::span<const std::int64_t> v);
  Params& Uuids(std::span<const bauta::Uuid> v);
  Params& Texts(std::span<const std::optional<std::string_view>> v);
  Params& BytesArray(std::span<const std::string> v);

  struct Param {
    std::uint32_t type;
    bool null;
    std::string bytes;
  };
  const std::vector<Param>& all() const { return params_; }

 private:
  std::string& Add(std::uint32_t type);
  std::vector<Param> params_;
};

}  // namespace bauta::pg
