#include "cli/registry.h"

#include <string>

#include "masking/column_masker.h"

namespace bauta::cli {
namespace {

masking::Form FormOf(Canonical canonical) {
  switch (canonical) {
    case Canonical::kText:
      return masking::Form::kStr1;
    case Canonical::kIp:
      return masking::Form::kIp1;
    case Canonical::kLower:
      return masking::Form::kLower1;
    case Canonical::kDigits:
      return masking::Form::kDigits1;
    case Canonical::kRaw:
      break;
  }
  return masking::Form::kRaw1;
}

}  // namespace

Result<schema::Registry> MakeRegistry(const config::Config& config, const keys::KeyRing& ring) {
  schema::Registry registry;
  registry.pipeline = config.pipeline;
  registry.queue = config.source.queue;
  registry.target = config.target.table;
  registry.retention_days = config.target.retention_days;
  registry.quarantine_days = config.quarantine.retention_days;
  for (const keys::KeyRing::Key& key : ring.keys()) {
    registry.keys.push_back({key.kid, key.kcv, std::string(keys::StatusName(key.status))});
  }
  for (const ColumnRule& rule : config.mapping.columns) {
    if (!rule.mask) continue;
    registry.columns.push_back({rule.column, rule.mask->mask, rule.mask->domain,
                                std::string(masking::FormName(FormOf(rule.mask->canonical))),
                                rule.mask->bits});
  }
  return registry;
}

}  // namespace bauta::cli
