// The whole configuration, validated: INTERFACE's YAML with its defaults filled in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "core/column_rule.h"

namespace bauta::config {

struct Config {
  std::string file;      // Path of the file as given; empty if there was none.
  std::string pipeline;  // Default: the table's name.
  struct {
    std::string queue;  // Name or URL.
    std::optional<std::string> region,
        endpoint;  // Only what config, --set or BAUTA__ say; AWS_* are aws/'s.
    std::size_t max_messages = 20'000;
    std::uint64_t max_bytes = 256ull << 20;
    bool block_groups = false;  // on_poison
  } source;
  struct {
    std::string url;    // libpq URL or keywords.  May hold a password: never logged.
    std::string table;  // As written: name or schema.name, quoted parts allowed.
    std::size_t batch_rows = 5000;
    std::uint64_t batch_bytes = 4ull << 20;
    std::chrono::milliseconds batch_age{200};
    std::string key_spec = "message";  // exactly_once.key as written; see mapping.event_key.
    int retention_days = 35;           // exactly_once.retention
  } target;
  std::string subject;   // The column that is the person; empty if none is named.
  MappingRules mapping;  // Also what source.sqs says of bodies.
  std::string keyring;   // Path, resolved against the file's folder.
  bool require_mlock = false;
  struct {
    std::string recipient;           // Id in the key ring; empty if not configured.
    std::optional<std::string> url;  // As target.url; nothing if the vault is in the same database.
  } vault;
  struct {
    std::string recipient;  // Id in the key ring; empty if not configured.
    int retention_days = 30;
    double stop_above = 0.5;  // Share of the last 1,000 events.
  } quarantine;
  int workers = 2;
  std::chrono::milliseconds grace{25'000};
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kAuto;
};

}  // namespace bauta::config
