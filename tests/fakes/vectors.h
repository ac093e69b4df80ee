// The known answers of tests/data/crypto_vectors.json.
#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace bauta {

// One known answer.  A field that is missing ends the test program: the file is part of the tests.
class Vector {
 public:
  explicit Vector(simdjson::dom::element element) : element_(element) {}

  std::string id() const { return Str("id"); }
  bool Has(std::string_view name) const { return element_[name].error() == simdjson::SUCCESS; }
  bool IsNull(std::string_view name) const { return element_[name].is_null(); }
  std::string Str(std::string_view name) const {
    return std::string(std::string_view(element_[name]));
  }
  std::string Hex(std::string_view name) const { return HexDecode(Str(name)).value(); }
  std::int64_t Int(std::string_view name) const { return element_[name]; }
  std::string Json(std::string_view name) const {
    return simdjson::minify(simdjson::dom::element(element_[name]));
  }
  std::vector<Vector> List(std::string_view name) const {
    std::vector<Vector> list;
    for (const simdjson::dom::element e : simdjson::dom::array(element_[name]))
      list.emplace_back(e);
    return list;
  }
  std::vector<std::string> HexList(std::string_view name) const {
    std::vector<std::string> list;
    for (const simdjson::dom::element e : simdjson::dom::array(element_[name]))
      list.push_back(HexDecode(std::string_view(e)).value());
    return list;
  }
  // Of a list of hex strings that must hold exactly one.
  std::string OnlyHex(std::string_view name) const {
    const simdjson::dom::array list = element_[name];
    EXPECT_EQ(list.size(), 1u);
    return HexDecode(std::string_view(list.at(0))).value();
  }

 private:
  simdjson::dom::element element_;
};

// Those whose id begins with `prefix` and with none of `but`.
inline std::vector<Vector> VectorsOf(std::string_view prefix, std::string_view but = "\n") {
  static simdjson::dom::parser* const parser = new simdjson::dom::parser;
  static const simdjson::dom::element root = parser->load(BAUTA_TEST_DATA "/crypto_vectors.json");
  std::vector<Vector> chosen;
  for (const simdjson::dom::element e : simdjson::dom::array(root["vectors"])) {
    const std::string_view id = e["id"];
    if (id.starts_with(prefix) && !id.starts_with(but)) chosen.emplace_back(e);
  }
  return chosen;
}

inline Vector VectorNamed(std::string_view id) {
  for (const Vector& v : VectorsOf(id)) {
    if (v.id() == id) return v;
  }
  ADD_FAILURE() << "no vector " << id;
  std::abort();
}

// Makes "scheme-ip-2001:db8::1" a name that GoogleTest takes.
inline std::string TestName(const testing::TestParamInfo<Vector>& info) {
  std::string name = info.param.id() + "_" + std::to_string(info.index);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}
inline void PrintTo(const Vector& v, std::ostream* out) { *out << v.id(); }

}  // namespace bauta
