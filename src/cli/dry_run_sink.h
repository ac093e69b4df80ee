#pragma once

#include <string>
#include <vector>

#include "core/sink.h"

namespace bauta::cli {

// A Sink that writes nothing: prints each row as a line of JSON on stdout, as it would stand in
// the table, and each refusal with its reason.  One thread at a time; lines of several do not mix.
class DryRunSink : public Sink {
 public:
  explicit DryRunSink(std::vector<std::string> columns) : columns_(std::move(columns)) {}
  Result<Written> Write(Batch& batch) override;

 private:
  std::string RowLine(const Row& row) const;

  std::vector<std::string> columns_;
};

}  // namespace bauta::cli
