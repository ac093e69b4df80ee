#include "cli/wiring.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "mapping/event_mapper.h"

namespace bauta::cli {
namespace {

Result<masking::ColumnMasker> MakeMasker(const keys::KeyRing& ring, const MaskRule& rule) {
  masking::ColumnMasker::Options options;
  options.kid = ring.primary().kid;
  options.form = FormOf(rule.canonical);
  options.bits = rule.bits;
  options.key = TRY(ring.SubKey("h1", rule.domain, masking::FormName(options.form), 32));
  if (rule.on_invalid == OnInvalid::kRaw) {
    options.raw_key =
        TRY(ring.SubKey("h1", rule.domain, masking::FormName(masking::Form::kRaw1), 32));
  }
  return masking::ColumnMasker::Make(std::move(options));
}

}  // namespace

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
      return masking::Form::kRaw1;
  }
  return masking::Form::kStr1;
}

Result<keys::Recipient> QuarantineRecipient(const config::Config& config,
                                            const keys::KeyRing& ring) {
  static constexpr const char* kHelp =
      "`bauta keys generate` makes a key ring with a recipient q1 and the identity that opens its "
      "records; then set quarantine: {recipient: q1}";
  const std::string& id = config.quarantine.recipient;
  if (id.empty()) {
    return ConfigError("quarantine.recipient is not set: refused events would have no place to go",
                       kHelp);
  }
  const keys::Recipient* const found = ring.FindRecipient(id, keys::Purpose::kQuarantine);
  if (found == nullptr || !found->enabled) {
    return ConfigError(
        fmt::format("quarantine.recipient: the key ring {} has no enabled recipient \"{}\" for the "
                    "quarantine",
                    config.keyring, id),
        kHelp);
  }
  return *found;
}

schema::Registry MakeRegistry(const config::Config& config, const keys::KeyRing& ring) {
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

Result<std::unique_ptr<Mapper>> MakeMapper(const config::Config& config, const keys::KeyRing& ring,
                                           const TableSchema& table) {
  std::vector<std::optional<masking::ColumnMasker>> maskers;
  for (const ColumnRule& rule : config.mapping.columns) {
    if (!rule.mask) {
      maskers.emplace_back();
      continue;
    }
    masking::ColumnMasker masker = TRY(MakeMasker(ring, *rule.mask));
    maskers.emplace_back(std::move(masker));
  }
  std::unique_ptr<mapping::EventMapper> mapper = TRY(mapping::EventMapper::Make(
      {.rules = config.mapping, .table = table, .maskers = std::move(maskers)}));
  return std::unique_ptr<Mapper>(std::move(mapper));
}

}  // namespace bauta::cli
