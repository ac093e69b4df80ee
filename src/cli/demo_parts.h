// The steps of `bauta demo` that do something: prepare, send, look.  One thread at a time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/demo_report.h"
#include "config/config.h"

namespace bauta::cli {

inline constexpr char kDemoQueue[] = "demo-logins";

// Where a demo lives.
struct DemoPlace {
  std::filesystem::path directory;    // Ours alone, for keys and config; goes with the demo.
  std::filesystem::path config_file;  // In it.
  std::string database_url, endpoint, queue;
};

// Makes keys, config, our schema and the table user_logins.
Result<config::Config> PrepareDemo(const DemoPlace& place);

Result<> SendToQueue(const DemoPlace& place, std::vector<std::string> bodies);

Result<DemoFindings> ReadFindings(const DemoPlace& place);

// Reveals one token as `bauta reveal` does: for made-up logins only.
Result<DemoFindings::WayBack> FindWayBack(const DemoPlace& place, const config::Config& config,
                                          const std::string& token);

}  // namespace bauta::cli
