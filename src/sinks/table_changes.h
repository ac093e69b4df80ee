// Telling that the target table, or the registry, changed under a running instance.
#pragma once

#include <cstdint>
#include <string>

#include "core/table_schema.h"

namespace bauta::sinks {

// An SQL expression: names, types and NOT NULLs of the columns of `quoted_table`, as one text. NULL
// if there is no such table.
std::string FingerprintSql(const std::string& quoted_table);

// Likewise: the keys, and the masks of a pipeline's columns, as `bauta init` registered them.
std::string RegisteredSql(std::int16_t pipeline_id);

// Whether every value that was mapped for column `was` fits column `is`.
bool Holds(const Column& is, const Column& was);

}  // namespace bauta::sinks
