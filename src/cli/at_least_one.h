// For flags that count something: CLI11's own check names a range of 309 digits.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <string>

namespace bauta::cli {

inline CLI::Validator AtLeastOne() {
  return CLI::Validator(
      [](const std::string& text) {
        std::uint64_t n = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
        const bool good = error == std::errc() && end == text.data() + text.size() && n > 0;
        return good ? std::string() : "write a whole number, 1 or more, not " + text;
      },
      "N");
}

}  // namespace bauta::cli
