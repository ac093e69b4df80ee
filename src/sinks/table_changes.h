// Telling that the target table, or the registry, changed under a running instance.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/table_schema.h"
#include "pg/connection.h"
#include "sinks/attempt.h"

namespace bauta::sinks {

// An SQL expression: names, types and NOT NULLs of the columns of `quoted_table`, as one text. NULL
// if there is no such table.
std::string FingerprintSql(const std::string& quoted_table);

// Likewise: the keys, the masks of a pipeline's columns and its event key, as `bauta init`
// registered them.
std::string RegisteredSql(std::int16_t pipeline_id);

// Whether every value that was mapped for column `was` fits column `is`.
bool Holds(const Column& is, const Column& was);

// Encoder and fingerprint of `target` as of now.  kConfig if values that were mapped for `columns`
// of `mapped` may not fit any more, or hold tokens that are no longer the registered ones.
Result<> ReadTarget(pg::Connection& connection, const TableSchema& mapped,
                    const std::vector<std::string>& columns, Target& target);

}  // namespace bauta::sinks
