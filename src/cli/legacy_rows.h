#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/table_schema.h"
#include "masking/legacy_sweep.h"
#include "pg/connection.h"

namespace bauta::cli {

// The old hashes in one column of a table.  The connection's user may SELECT and UPDATE it.  One
// thread at a time.
class LegacyRows {
 public:
  LegacyRows(pg::Connection& reader, pg::Connection& writer, const TableSchema& table,
             std::string_view column);

  // A row in which a hash stands.
  struct Row {
    std::string place;  // ctid
    std::string text;   // The hash, as it stands there.
  };
  static constexpr int kBatch = 5000;

  // Each hash, perhaps several times.
  Result<std::vector<masking::LegacyHash>> ReadHashes();
  // Gives all rows with hashes, kBatch at a time, as of now; ends early with `use`'s error.
  Result<> ForEach(const std::function<Result<>(std::span<const Row>)>& use);
  // Puts a token into each place, where the hash still stands there; how many rows that were.
  // In the writer's transaction.
  Result<std::int64_t> Put(std::span<const Row> rows, std::span<const std::string> tokens);

 private:
  Result<> Declare(const std::string& what);

  pg::Connection& reader_;
  pg::Connection& writer_;
  std::string table_, column_;  // Quoted.
};

}  // namespace bauta::cli
