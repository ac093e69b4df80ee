// What `bauta demo` shows at its end, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/run.h"

namespace bauta::cli {

// What the database holds after the demo's run.
struct DemoFindings {
  struct Repeated {
    std::string token;
    std::uint64_t count;
  };
  struct Quarantined {
    std::string reason, column;
    std::uint64_t count;
  };
  // One token's value, and what the look at it left in the audit.
  struct WayBack {
    struct Entry {
      std::int64_t seq;
      std::string at, actor, action, reason;
    };
    std::string token, value;
    bool verified = false;
    std::vector<Entry> audit;
  };
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> first_rows;
  std::vector<Repeated> addresses, devices;  // Most first.
  std::vector<Quarantined> quarantined;
  std::optional<WayBack> way_back;  // The one value in clear: of a made-up login.
};

// Pure.  At most 100 columns wide, and one screen long.
std::string DemoReport(const RunSummary& summary, const DemoFindings& findings);
// How to look around while both are left running.
std::string DemoConnections(const std::string& database_url, const std::string& endpoint,
                            const std::string& queue, const std::string& config_file);
// What to do when nothing was left running.
std::string DemoNextSteps();

}  // namespace bauta::cli
