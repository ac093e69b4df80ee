#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace bauta::config {

// The value of `word`; the first one's, if it is none of them (which has been reported).
template <class T, std::size_t N>
T Pick(std::string_view word, const std::array<std::pair<std::string_view, T>, N>& words) {
  for (const auto& [name, value] : words) {
    if (name == word) return value;
  }
  return words[0].second;
}

}  // namespace bauta::config
