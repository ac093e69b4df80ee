// What a pipeline does with personal data, and who can undo it: what `bauta explain` says of a
// config.  Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/hash_rates.h"
#include "config/config.h"

namespace bauta::cli {

// What has to be had to get from what a column holds to the value.
enum class Needs { kNothing, kSuffix, kTokenKey, kVaultIdentity };

// "nothing", "suffix", "token_key", "vault_identity".
std::string_view NeedsCode(Needs needs);

// One way to get a value back.
struct WayBack {
  Needs needs = Needs::kNothing;
  std::string how;
  std::string limits;                // What it does not get; may be empty.
  std::optional<double> candidates;  // To be tried; none if nothing has to be.
  std::optional<double> seconds;     // On one core of this machine, for all of a table at once.
  bool audited = false;              // By the commands; not who has the means and other programs.
};

struct ColumnRecord {
  std::string column, from;  // Of a constant `from` is empty.
  std::string mask;          // Empty: in clear.
  std::string holds;
  std::vector<std::string> joins;  // Other columns with the same token for the same value.
  std::vector<WayBack> ways;       // Empty: the value cannot be had back.
  bool quasi_identifier = false;   // In clear, and of the event.
};

struct ProcessingRecord {
  std::string pipeline, queue, table;
  std::vector<ColumnRecord> columns;
  std::vector<std::string> recipients, measures;
  std::string vault_recipient, quarantine_recipient;  // Empty: none.
  bool has_vault = false;  // A column's originals are kept, until `bauta expire` finds no row.
  int quarantine_days = 0, ledger_days = 0;
  HashRates rates;
};

ProcessingRecord RecordOf(const config::Config& config, const HashRates& rates);

// One line of JSON: docs/privacy.md.
std::string ToJson(const ProcessingRecord& record);
// For people.
std::string ToText(const ProcessingRecord& record);

// "at once", "0.4 s", "9.1 min", "3.2 h", "12 days", "400 years".
std::string HowLong(double seconds);

}  // namespace bauta::cli
