#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bauta::cli {

// The words of `text` in lines of at most `width` characters, every line but the first behind
// `indent` blanks, where the first is taken to begin.  Pure.
std::string Wrapped(std::string_view text, std::size_t indent, std::size_t width = 90);

}  // namespace bauta::cli
