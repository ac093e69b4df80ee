#include "cli/wiring.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "cli/maskers.h"
#include "cli/subject.h"
#include "config/codes.h"
#include "crypto/process.h"
#include "mapping/event_mapper.h"
#include "masking/event_hashes.h"
#include "schema/grants.h"
#include "sinks/postgres_sink.h"

namespace bauta::cli {
namespace {

namespace codes = config::codes;

constexpr std::string_view kRecipient = "quarantine.recipient";
constexpr const char* kRecipientHelp =
    "`bauta keys generate` makes a key ring with a recipient q1 and the identity that opens its "
    "records; then set quarantine: {recipient: q1}";

// Not the primary: what was loaded before a rotation is to be known after it.
const keys::KeyRing::Key& EventKeysKey(const keys::KeyRing& ring) { return ring.eldest(); }

Result<std::optional<masking::EventHashes>> MakeEventHashes(const keys::KeyRing& ring,
                                                            const config::Config& config) {
  if (!config.mapping.event_key) return std::optional<masking::EventHashes>();
  masking::EventHashes::Keys keys;
  const keys::KeyRing::Key& key = EventKeysKey(ring);
  keys.id = TRY(keys::KeyRing::SubKeyOf(key, "e1", config.pipeline, "id1", 32));
  keys.body = TRY(keys::KeyRing::SubKeyOf(key, "e1", config.pipeline, "body1", 32));
  return std::optional(TRY(masking::EventHashes::Make(keys)));
}

std::vector<schema::Registry::Key> RegisteredKeys(const keys::KeyRing& ring) {
  std::vector<schema::Registry::Key> keys;
  for (const keys::KeyRing::Key& key : ring.keys()) {
    keys.push_back({key.kid, key.kcv, std::string(keys::StatusName(key.status))});
  }
  return keys;
}

Result<> CheckMapping(const config::Config& config, const TableSchema& table, Blame& blame) {
  const std::vector<mapping::Problem> problems = mapping::CheckRules(config.mapping, table);
  if (problems.empty()) return Ok();
  const mapping::Problem& first = problems.front();
  return blame.On(codes::kMapping, PathOf(first), Result<>(ConfigError(first.message, first.hint)));
}

}  // namespace

std::string PathOf(const mapping::Problem& problem) {
  if (problem.rest_column) return "unknown_fields";
  return problem.rule == nullptr ? std::string(paths::kTable) : "columns." + problem.rule->column;
}

Result<keys::KeyRing> LoadKeyRing(const config::Config& config, Blame& blame,
                                  const keys::Unwrap& unwrap) {
  TRY(blame.On(codes::kSelfTest, "", crypto::SelfTest()));
  return blame.On(codes::kKeyRing, "keys.file",
                  keys::KeyRing::Load(config.keyring, config.require_mlock, unwrap));
}

Result<keys::KeyRing> LoadWrappedKeyRing(const config::Config& config, Blame& blame) {
  TRY(blame.On(codes::kSelfTest, "", crypto::SelfTest()));
  return blame.On(codes::kKeyRing, "keys.file", keys::KeyRing::LoadWrapped(config.keyring));
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

Result<> CheckHasAllKeys(pg::Connection& connection, const keys::KeyRing& ring, Blame& blame) {
  std::string setting;
  Result<> has = schema::CheckHasAllKeys(connection, RegisteredKeys(ring), setting);
  if (!setting.empty()) return blame.On(codes::kRegistry, setting, std::move(has));
  const bool refused = connection.last_failure().sqlstate == "42501";
  return blame.On(refused ? codes::kPrivilege : codes::kSchema, paths::kUrl, std::move(has));
}

Result<TableSchema> ReadTarget(pg::Connection& connection, const config::Config& config,
                               Blame& blame) {
  TableSchema table = TRY(blame.On(codes::kTable, paths::kTable,
                                   sinks::ReadTableSchema(connection, config.target.table)));
  TRY(blame.On(
      codes::kPrivilege, paths::kTable,
      schema::CheckInsert(connection, table.schema, table.name, ColumnNames(config.mapping))));
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
  registry.key_spec = config.target.key_spec;
  if (config.mapping.event_key) registry.key_spec += " under " + EventKeysKey(ring).kid;
  registry.retention_days = config.target.retention_days;
  registry.quarantine_days = config.quarantine.retention_days;
  registry.primary = ring.primary().kid;
  registry.keys = RegisteredKeys(ring);
  for (const ColumnRule& rule : config.mapping.columns) {
    if (rule.mask) registry.columns.push_back(Registered(rule, ring));
  }
  return registry;
}

Result<std::unique_ptr<Mapper>> MakeMapper(const config::Config& config, const keys::KeyRing& ring,
                                           const TableSchema& table, Blame& blame,
                                           const Clock& clock) {
  TRY(CheckMapping(config, table, blame));
  std::vector<std::optional<masking::ColumnMasker>> maskers;
  std::vector<std::string> canons;
  std::vector<std::vector<masking::TokenMask>> old_masks;
  for (const ColumnRule& rule : config.mapping.columns) {
    maskers.push_back(TRY(MakeMasker(ring, rule.mask)));
    old_masks.push_back(TRY(MakeOldMasks(ring, rule.mask)));
    canons.push_back(rule.mask && rule.mask->vault ? Registered(rule, ring).canonical : "");
  }
  std::optional<masking::EventHashes> hashes = TRY(MakeEventHashes(ring, config));
  std::unique_ptr<mapping::EventMapper> mapper =
      TRY(mapping::EventMapper::Make({.rules = config.mapping,
                                      .table = table,
                                      .maskers = std::move(maskers),
                                      .canons = std::move(canons),
                                      .old_masks = std::move(old_masks),
                                      .hashes = std::move(hashes),
                                      .clock = clock}));
  return WithSubject(config, ring, table, std::move(mapper), blame);
}

}  // namespace bauta::cli
