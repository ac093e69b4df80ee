#include "sinks/transaction.h"

#include <fmt/format.h>

#include "pg/our_schema.h"

namespace bauta::sinks {

// One SELECT sets what SET LOCAL would: fewer statements to parse.  The keepalives free the keys of
// a client whose machine died in the middle of a COPY.  The lock is shared against `bauta init`;
// what follows it sees what init committed.
const char* const kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    "SELECT set_config('lock_timeout', '5s', true), "
    "set_config('tcp_keepalives_idle', '15', true), "
    "set_config('tcp_keepalives_interval', '5', true), "
    "set_config('tcp_keepalives_count', '3', true), "
    "set_config('idle_in_transaction_session_timeout', '30s', true), "
    "set_config('statement_timeout', '300s', true), "
    "set_config('client_min_messages', 'warning', true), "
    "set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN "
    "('off', 'local') THEN 'on' ELSE current_setting('synchronous_commit') END, true);"
    "SELECT pg_advisory_xact_lock_shared(1650554225, 1);"
    "SELECT schema_version, min_worker, horizon_ms FROM bauta.meta";

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

std::string VaultBegin(const Target& target, std::span<const Original> originals) {
  if (!target.vault || target.vault->is_apart() || originals.empty()) return {};
  return std::string(";") + vault::VaultWriter::kBegin;
}

Result<std::int64_t> GenerationOf(const pg::Connection::Progress& begun) {
  if (begun.results.empty() || begun.results.back().size() != 1) {
    return ConfigError("pii.generation is empty", "run `bauta init`");
  }
  return begun.results.back().Int(0, 0);
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
