#include "cli/wiring.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "config/codes.h"
#include "mapping/check_rules.h"
#include "mapping/event_mapper.h"
#include "schema/grants.h"
#include "sinks/postgres_sink.h"

namespace bauta::cli {
namespace {

namespace codes = config::codes;

constexpr std::string_view kRecipient = "quarantine.recipient";
constexpr const char* kRecipientHelp =
    "`bauta keys generate` makes a key ring with a recipient q1 and the identity that opens its "
    "records; then set quarantine: {recipient: q1}";

Result<masking::ColumnMasker::Keys> MaskKeys(const keys::KeyRing& ring, const MaskRule& rule,
                                             const std::string& domain) {
  masking::ColumnMasker::Keys keys;
  keys.key = TRY(ring.SubKey("h1", domain, masking::FormName(FormOf(rule.canonical)), 32));
  if (rule.on_invalid == OnInvalid::kRaw) {
    keys.raw_key = TRY(ring.SubKey("h1", domain, masking::FormName(masking::Form::kRaw1), 32));
  }
  return keys;
}

Result<masking::ColumnMasker> MakeMasker(const keys::KeyRing& ring, const MaskRule& rule) {
  masking::ColumnMasker::Options options;
  options.kid = ring.primary().kid;
  options.form = FormOf(rule.canonical);
  options.bits = rule.bits;
  if (HasMonth(rule.domain)) {
    options.keys_of_month = [&ring, rule](std::string_view month) {
      return MaskKeys(ring, rule, DomainOf(rule.domain, month));
    };
  } else {
    options.keys = TRY(MaskKeys(ring, rule, rule.domain));
  }
  return masking::ColumnMasker::Make(std::move(options));
}

Result<> CheckMapping(const config::Config& config, const TableSchema& table, Blame& blame) {
  const std::vector<mapping::Problem> problems = mapping::CheckRules(config.mapping, table);
  if (problems.empty()) return Ok();
  const mapping::Problem& first = problems.front();
  return blame.On(
      codes::kMapping,
      first.rule == nullptr ? std::string(paths::kTable) : "columns." + first.rule->column,
      Result<>(ConfigError(first.message, first.hint)));
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

Result<keys::KeyRing> LoadKeyRing(const config::Config& config, Blame& blame) {
  return blame.On(codes::kKeyRing, "keys.file",
                  keys::KeyRing::Load(config.keyring, config.require_mlock));
}

Result<pg::Connection> Connect(const config::Config& config, Blame& blame,
                               std::string_view application) {
  return blame.On(codes::kDatabase, paths::kUrl,
                  pg::Connection::Open(
                      {.url = config.target.url, .application_name = std::string(application)}));
}

Result<> CheckGrants(pg::Connection& connection, Blame& blame) {
  return blame.On(codes::kPrivilege, paths::kUrl, schema::CheckGrants(connection));
}

Result<> CompareRegistry(pg::Connection& connection, const schema::Registry& registry,
                         schema::NewTokens new_tokens, Blame& blame) {
  TRY(CheckGrants(connection, blame));
  std::string setting;
  Result<> same = schema::Compare(connection, registry, new_tokens, &setting);
  if (setting.empty()) return blame.On(codes::kSchema, paths::kUrl, std::move(same));
  return blame.On(codes::kRegistry, setting, std::move(same));
}

Result<TableSchema> ReadTarget(pg::Connection& connection, const config::Config& config,
                               Blame& blame) {
  TableSchema table = TRY(blame.On(codes::kTable, paths::kTable,
                                   sinks::ReadTableSchema(connection, config.target.table)));
  std::vector<std::string> names;
  for (const ColumnRule& rule : config.mapping.columns) names.push_back(rule.column);
  TRY(blame.On(codes::kPrivilege, paths::kTable,
               schema::CheckInsert(connection, table.schema, table.name, names)));
  return table;
}

Result<> RequireRecipient(const config::Config& config, Blame& blame) {
  if (!config.quarantine.recipient.empty()) return Ok();
  return blame.On(codes::kNoRecipient, kRecipient,
                  Result<>(ConfigError("is not set: refused events would have no place to go",
                                       kRecipientHelp)));
}

Result<keys::Recipient> QuarantineRecipient(const config::Config& config, const keys::KeyRing& ring,
                                            Blame& blame) {
  TRY(RequireRecipient(config, blame));
  const std::string& id = config.quarantine.recipient;
  const keys::Recipient* const found = ring.FindRecipient(id, keys::Purpose::kQuarantine);
  if (found != nullptr && found->enabled) return *found;
  return blame.On(
      codes::kUnknownRecipient, kRecipient,
      Result<keys::Recipient>(ConfigError(
          fmt::format("the key ring {} has no enabled recipient \"{}\" for the quarantine",
                      config.keyring, id),
          kRecipientHelp)));
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
                                           const TableSchema& table, Blame& blame) {
  TRY(CheckMapping(config, table, blame));
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
