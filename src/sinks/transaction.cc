#include "sinks/transaction.h"

#include <fmt/format.h>

#include "pg/our_schema.h"

namespace bauta::sinks {
namespace {

// An erasure takes the lock here alone before it touches a vault that is apart.
constexpr const char* kLockOutErasures = ";SELECT pg_advisory_xact_lock_shared(1650554225, 2)";

}  // namespace

std::string Begin() {
  return std::string(pg::kBeginWriting) +
         ";SELECT schema_version, min_worker, horizon_ms FROM bauta.meta";
}

Result<SchemaState> BeginResult(const pg::Connection::Progress& progress) {
  if (progress.results.size() < 4 || progress.results[3].size() == 0) {
    return ConfigError("bauta.meta is empty", "run `bauta init`");
  }
  const pg::Rows& meta = progress.results[3];
  const SchemaState state{meta.Int(0, 0), meta.Int(0, 1), meta.Int(0, 2)};
  if (state.min_worker > pg::kSchemaVersion || state.version > pg::kSchemaVersion + 1) {
    return ConfigError(fmt::format("schema bauta was upgraded to version {}, this program knows {}",
                                   state.version, pg::kSchemaVersion),
                       "use a newer bauta");
  }
  return state;
}

std::string VaultBegin(const Target& target, std::span<const Original> originals,
                       std::span<const Alias> aliases) {
  const bool vault = target.vault && !target.vault->is_apart() && !originals.empty();
  const bool writes = vault || !aliases.empty();
  if (target.erasures && target.erasures->is_apart()) return kLockOutErasures;
  if (!target.erasures && !writes) return {};
  return std::string(";") + vault::VaultWriter::kBegin;
}

Result<std::int64_t> ReadGeneration(Target& target, std::span<const Original> originals,
                                    std::span<const Alias> aliases,
                                    const pg::Connection::Progress& begun) {
  if (target.erasures && target.erasures->is_apart()) return target.erasures->ReadGeneration();
  if (VaultBegin(target, originals, aliases).empty()) return std::int64_t{0};
  return vault::VaultWriter::GenerationOf(begun);
}

std::string CopySql(const Target& target) {
  return target.encoder.copy_sql() + ";SELECT " + target.fingerprint_sql + ";";
}

Result<bool> HasChanged(const Target& target, const pg::Connection::Progress& progress) {
  if (progress.results.size() < 2) return Fatal("the target's COPY gave no answer");
  return progress.results[1].Text(0, 0) != target.fingerprint;
}

std::string BatchLineSql(const Target& target, const Uuid& id, const char* origin,
                         const BatchPlan::Counts& c) {
  return fmt::format(
      "INSERT INTO bauta.batch (id, pipeline, worker, origin, messages, redelivered, events, "
      "inserted, duplicate, quarantined) VALUES ('{}', {}, {}, '{}', {}, {}, {}, {}, {}, {})",
      ToString(id), target.pipeline_id, pg::QuoteLiteral(target.worker), origin, c.messages,
      c.redelivered, c.inserted + c.duplicate + c.quarantined, c.inserted, c.duplicate,
      c.quarantined);
}

}  // namespace bauta::sinks
