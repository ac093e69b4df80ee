#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace bauta::mapping {

// Where the tokens of a JSON text begin: simdjson's first stage, which also validates UTF-8, closes
// every string and refuses control characters in strings.  All else of the grammar is for whoever
// walks the tokens (json_walk.h).  Its document API would lose what exact numerics need: the text
// of a number.  One thread at a time.
class JsonIndex {
 public:
  enum class Outcome { kOk, kNotJson, kBadUtf8 };

  JsonIndex();
  JsonIndex(JsonIndex&&) noexcept;
  JsonIndex& operator=(JsonIndex&&) noexcept;
  ~JsonIndex();

  // Needs no padding behind `text`.
  Outcome Scan(std::string_view text);

  // Offsets of {}[]:, and of the first byte of every string and scalar, and then text.size().
  // Good until the next Scan.
  std::span<const std::uint32_t> tokens() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::mapping
