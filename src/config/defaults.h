// What stands in for settings that nobody gave.  For config/ itself.
#pragma once

#include <string>
#include <string_view>

#include "config/interpolate.h"

namespace bauta::config {

// Empty if it is not set.
std::string ValueOf(const Environment& environment, std::string_view name);

struct Database {
  std::string url, origin;
};
// Where no one says a URL.  A PGDATABASE or PGSERVICE must not lose against a default that names
// a database.
Database DefaultDatabase(const Environment& environment);

// The unquoted last part of a table's name as written; empty if it is no name.
std::string TableName(std::string_view written);

}  // namespace bauta::config
