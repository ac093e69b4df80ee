// Rows into PostgreSQL, exactly once: ledger, rows, quarantine, vault and batch line in one
// transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/sink.h"
#include "core/table_schema.h"
#include "pg/connection.h"
#include "sealing/quarantine_record.h"
#include "vault/vault_writer.h"

namespace bauta::sinks {

// The catalog's description of the target: what the mapper must fit.  kConfig if it is missing, or
// can't be one: foreign, temporary, unlogged, a view, under row security.
Result<TableSchema> ReadTableSchema(pg::Connection& connection, const std::string& table);

// One thread at a time.  Connects again by itself after kRetryable.
class PostgresSink : public Sink {
 public:
  struct Options {
    pg::ConnectOptions connect;
    std::string pipeline;              // As `bauta init` registered it.
    TableSchema table;                 // From ReadTableSchema.
    std::vector<std::string> columns;  // In the order of a Row's values.
    std::string recipient;             // Who may open the quarantine: id and key.
    keys::PublicKey recipient_key{};
    std::optional<vault::VaultWriter::Options> vault = {};  // Where a column has one.
    std::optional<pg::ConnectOptions> pii_apart = {};  // Where schema pii has its own database.
    // Old tokens whose aliases are there; shared by all workers, outlives them.  Null: none is
    // remembered.
    vault::KnownTokens* known_aliases = nullptr;
    // Whether what this run makes is still right, asked when the registry of keys and masks has
    // changed; kConfig ends the run.  Without it every change does.
    std::function<Result<>(pg::Connection&)> still_fits = {};
    // The key that makes new tokens now.  A batch of another is written only while the registry has
    // that one ENABLED; else it is Batch::outlived.
    std::function<std::string()> primary = {};
    std::string worker = "worker 1";  // For the batch line.
    // A Bauta that stands still for so long with our keys in its hands loses its connection.
    std::chrono::seconds frozen_after{60};
  };

  // kConfig if our schema or the pipeline is missing or the versions don't fit.
  static Result<std::unique_ptr<PostgresSink>> Open(Options options);
  ~PostgresSink() override;

  Result<Written> Write(Batch& batch) override;

  // Housekeeping: raises the horizon, empties one slot of the ledger (each call the next), and
  // removes the rest that is past its retention.  Call now and then, from one worker; true: soon
  // again, for there was more than one call removes.
  Result<bool> Expire();

 private:
  struct Impl;
  explicit PostgresSink(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::sinks
