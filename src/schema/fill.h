// Scripts with marks in them.  For schema/ itself.
#pragma once

#include <string>
#include <string_view>

namespace bauta::schema {

inline std::string Fill(std::string text, std::string_view mark, std::string_view value) {
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size()) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

}  // namespace bauta::schema
