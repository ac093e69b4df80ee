// The types of a table's columns as words in a file, for those who test without a database.  Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/table_schema.h"

namespace bauta::cli {

// "varchar(128)", "integer not null", "bigint not null default"; every enum is "enum".  A type that
// Bauta does not know is kUnsupported, as in a catalog.
Column ReadColumnType(std::string_view name, std::string_view words);
// What ReadColumnType reads as that column.
std::string ColumnTypeWords(const Column& column);

// The section of a case file; without the columns that the database fills itself.
std::string TableSection(const TableSchema& table);

}  // namespace bauta::cli
