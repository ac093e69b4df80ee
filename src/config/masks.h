// A column's mask and the options that it has.  Private to config/.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/reader.h"
#include "core/column_rule.h"

namespace bauta::config {

// The keys of a column that belong to its mask.
std::span<const std::string_view> OptionsOf(Mask mask);

// Puts the mask of the column at `path` into `rule`, whose other keys have been read; reports what
// is wrong with it, and options that belong to another mask.
void ReadMask(Reader& reader, const std::string& path, ColumnRule& rule);

}  // namespace bauta::config
