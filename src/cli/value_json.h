#pragma once

#include <string>

#include "core/row.h"

namespace bauta::cli {

// A value as JSON, as it would stand in the table: times and addresses as text.  Pure.
std::string ValueJson(const Value& value);

}  // namespace bauta::cli
