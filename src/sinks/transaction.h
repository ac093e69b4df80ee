// The statements that every transaction on a target has, a batch's as well as a replay's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/uuid.h"
#include "pg/connection.h"
#include "pg/copy_buffer.h"
#include "sealing/quarantine_record.h"
#include "sinks/batch_plan.h"
#include "sinks/row_encoder.h"
#include "vault/alias_writer.h"
#include "vault/erasures.h"
#include "vault/vault_writer.h"

namespace bauta::sinks {

// What stays the same from one batch to the next.
struct Target {
  std::string pipeline;
  std::int16_t pipeline_id = 0;
  std::string worker;
  std::string recipient;
  keys::PublicKey recipient_key{};
  RowEncoder encoder;
  std::string fingerprint_sql;  // An expression: the target's columns and the registry as of now.
  std::string fingerprint;      // Its value when `encoder` was made.
  std::optional<std::string> registered;    // What makes tokens, as it was at the start.
  vault::Kids retired;                      // Keys that are not ENABLED, by the fingerprint's time.
  pg::CopyBuffer ledger, keys, rows;        // Their memory is kept.
  std::optional<vault::VaultWriter> vault;  // Where a column has one.
  std::optional<vault::Erasures> erasures;  // Where there is a schema pii.
  vault::AliasWriter aliases;
  std::function<Result<>(pg::Connection&)> still_fits;  // PostgresSink::Options has it.
};

// What BEGIN learns of our schema.
struct SchemaState {
  std::int64_t version = 0, min_worker = 0, horizon_ms = 0;
};

// BEGIN with its protections and the reads of SchemaState, as one message.
std::string Begin();
Result<SchemaState> BeginResult(const pg::Connection::Progress& progress);
// What follows Begin where the transaction minds erasures, or writes to the vault or aliases; else
// nothing.
std::string VaultBegin(const Target& target, std::span<const Original> originals,
                       std::span<const Alias> aliases);
// After it: the vault's generation, under the lock that VaultBegin takes; 0 if that is nothing.
Result<std::int64_t> ReadGeneration(Target& target, std::span<const Original> originals,
                                    std::span<const Alias> aliases,
                                    const pg::Connection::Progress& begun);
// The COPY of the rows and a look at the columns under its lock; then whether they are no longer
// those of the fingerprint.  A COPY's bytes carry no types: an integer that became a real would be
// taken for one.
std::string CopySql(const Target& target);
Result<bool> HasChanged(const Target& target, const pg::Connection::Progress& progress);
// `ledger`: the rows that a batch line counts.
std::string BatchLineSql(const Target& target, const Uuid& id, const char* origin,
                         const BatchPlan::Counts& counts);

}  // namespace bauta::sinks
