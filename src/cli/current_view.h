// The view that analysts read while keys rotate: docs/keys.md.
#pragma once

#include <string>

#include "config/config.h"
#include "core/table_schema.h"

namespace bauta::cli {

// CREATE VIEW "TABLE_current": the rows with the new token in the place of each old one that has an
// alias.  Empty if no column has tokens that can have one.
std::string CurrentViewSql(const config::Config& config, const TableSchema& table);

}  // namespace bauta::cli
