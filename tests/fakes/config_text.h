// A config as a test writes it, and its problems in short.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load.h"

namespace bauta::fakes {

inline constexpr std::string_view kGood =
    "source: {sqs: {queue: logins}}\n"
    "target: {postgres: {table: user_logins}}\n"
    "columns:\n"
    "  ip: {from: /user/ip, mask: hmac-sha256}\n";

inline config::Sources Text(std::string text) {
  config::Sources sources;
  sources.file = "bauta.yaml";
  sources.text = std::move(text);
  sources.read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "/run/secrets/table") return std::string("from_file\n");
    return ConfigError("No such file or directory");
  };
  return sources;
}

inline config::Sources Good(std::string_view more = "") {
  return Text(std::string(kGood) + std::string(more));
}

inline std::vector<std::string> Summaries(const config::Loaded& loaded) {
  std::vector<std::string> lines;
  for (const config::Problem& p : loaded.problems) {
    lines.push_back(p.code + "@" + std::to_string(p.line) + ":" + std::to_string(p.column));
  }
  return lines;
}

}  // namespace bauta::fakes
