// Runs golden cases through the mapper of a run, under a key that everybody knows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/blame.h"
#include "cli/case_file.h"
#include "config/config.h"
#include "core/table_schema.h"

namespace bauta::cli {

struct Difference {
  std::string column;  // Empty: of the case as a whole.
  std::string expected, actual;
};

// One thread at a time.
class CaseRunner {
 public:
  // kConfig if the mapping does not fit the table.  `config` must outlive it.
  static Result<CaseRunner> Make(const config::Config& config, TableSchema table, Blame& blame);
  CaseRunner(CaseRunner&&) noexcept;
  ~CaseRunner();

  // Empty if the case holds.
  std::vector<Difference> Run(const Case& golden);

 private:
  struct Impl;
  explicit CaseRunner(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::cli
