// What `bauta demo` shows at its end, as text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/run.h"

namespace bauta::cli {

// What the database holds after the demo's run.  Only what is masked or was never personal.
struct DemoFindings {
  struct Repeated {
    std::string token;
    std::uint64_t count;
  };
  struct Quarantined {
    std::string reason, column;
    std::uint64_t count;
  };
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> first_rows;
  std::vector<Repeated> addresses, devices;  // Most first.
  std::vector<Quarantined> quarantined;
};

// Pure.  At most 100 columns wide, and one screen long.
std::string DemoReport(const RunSummary& summary, const DemoFindings& findings);
// How to look around while both are left running.
std::string DemoConnections(const std::string& database_url, const std::string& endpoint,
                            const std::string& queue, const std::string& config_file);
// What to do when nothing was left running.
std::string DemoNextSteps();

}  // namespace bauta::cli
